/** One word of the command line. What it needs is loaded when it is called. */
export interface Command {
  /** In the list of all. */
  readonly about: string
  readonly help: string
  /** @returns the exit code */
  run(args: readonly string[]): Promise<number>
}

const serveHelp = `Usage: strongroom serve [--workers <number|auto>]

Serves the app until it is told to stop (SIGTERM, Ctrl-C). Jobs run in it, too,
unless JOBS_RUN=elsewhere.

  --workers <number|auto>   So many processes on one port; auto: one a core.
                            Needs a store that they can share.

Exit codes: 0 stopped, 1 it could not listen, 2 wrong settings.
`

const jobsHelp = `Usage: strongroom jobs [--ops-port <port>]
       strongroom jobs list [--json]
       strongroom jobs run <job> (--user <sub> | --all) [--json]

Without more it runs the jobs of strongroom.config.ts as they come due, until it
is told to stop (SIGTERM, Ctrl-C). Set JOBS_RUN=elsewhere where the server runs,
so that it leaves them to this.

list    The jobs, when each is due next, and for how many users.
run     One job, at once: for one user, or for all who have connected its grant.

  --user <sub>        The user, by the provider's name for them.
  --all               Everybody.
  --json              One JSON object a line.
  --ops-port <port>   Serves /metrics there, on the loopback.

Exit codes: 0 all is well, 1 a run did not come to its end, 2 wrong settings or
a wrong command line.
`

const doctorHelp = `Usage: strongroom doctor [--url <public url>] [--sign-in] [--json]

Looks at everything that can go wrong around the server, with the settings that
serve would use, and names the cure of what it finds. docs/doctor.md lists it.
It asks the provider, the store and the APIs. The provider gets one token
request with a code that is none, and one sign-in that no user sees.

  --url <public url>   Asks the running server, too, through the proxy before it.
  --sign-in            Signs you in with a browser, too: two refreshes tell about
                       rotation, reuse and revocation. All is revoked at the end.
  --json               One JSON object a line.

No secret is in the output. Colour only on a terminal, and not with NO_COLOR.

Exit codes: 0 no fault, 1 faults, 2 wrong settings or a wrong command line.
`

const keygenHelp = `Usage: strongroom keygen
       strongroom keygen --client-key <file> [--alg <algorithm>]

Without more it prints a SESSION_SECRET: 32 random bytes.

  --client-key <file>   A key with which the client proves itself at the provider
                        (OIDC_CLIENT_KEY_FILE). The private one goes into the file,
                        which only you may read and which must not be there yet;
                        the public one is printed, to be registered.
  --alg <algorithm>     ES256 (default), ES384, ES512, Ed25519, PS256, RS256.

Exit codes: 0 done, 1 the file can't be written, 2 a wrong command line.
`

export const commands: Readonly<Record<string, Command>> = {
  serve: {
    about: 'Serves the app',
    help: serveHelp,
    async run(args) {
      if (asksForHelp(args)) return say(serveHelp)
      // It reads its command line by itself, as do the workers that it starts.
      process.argv.splice(2, 1)
      await import('../main.ts')
      return Number(process.exitCode ?? 0)
    },
  },
  jobs: {
    about: 'Runs what is done for users while they are away',
    help: jobsHelp,
    async run(args) {
      if (asksForHelp(args)) return say(jobsHelp)
      const { jobsCommand } = await import('./jobs-command.ts')
      return jobsCommand(args)
    },
  },
  doctor: {
    about: 'Finds what is wrong, and names the cure',
    help: doctorHelp,
    async run(args) {
      if (asksForHelp(args)) return say(doctorHelp)
      const { doctorCommand } = await import('./doctor-command.ts')
      return doctorCommand(args)
    },
  },
  keygen: {
    about: 'Makes a session secret, or a key for the client',
    help: keygenHelp,
    async run(args) {
      if (asksForHelp(args)) return say(keygenHelp)
      const { keygenCommand } = await import('./keygen-command.ts')
      return keygenCommand(args)
    },
  },
}

function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h')
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}
