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

Exit codes: 0 stopped, 1 it could not listen, 2 wrong settings, or a provider
with which OIDC_PROFILE can't be kept.
`

const devHelp = `Usage: strongroom dev [--spa <url>] [--api <url>] [options]

Stands in front of an app that is being written: what its dev server serves
passes through, hot reload too; /auth and /api are Strongroom's. Without a
provider of your own (OIDC_ISSUER, in .env for example) it brings one along,
where anybody signs in without a password; that needs oidc-provider installed.

  --spa <url>             The app's dev server. Default: http://localhost:5173
  --api <url>             The API behind /api, in the place of API_UPSTREAM.
  --port <port>           Where to listen. Default: PORT, or 3000
  --https                 With a certificate of its own making, for Safari, which
                          keeps no sign-in on plain http. Needs selfsigned.
  --provider-port <port>  Of the provider that it brings along. Default: 3001
  --audience <text>       Whom that one's access tokens are for: what your API
                          expects as aud.

Settings are those of serve, from the environment, .env and strongroom.config.ts.
Nothing must be set: a secret is made once and kept in .strongroom.

Exit codes: 0 stopped, 2 it could not start.
`

const initHelp = `Usage: strongroom init [options]

Writes strongroom.config.ts, .env with a secret of its own, and .env.example, and
tells what to register at the provider. What is there already stays as it is.
Asks for what no option says, unless there is --yes or no terminal.

  --issuer <url>      The provider. Without one, dev brings a provider along.
  --client-id <id>    What the provider knows the app by.
  --api <url>         The API behind /api. Default: http://localhost:4000
  --public-url <url>  Where users will open the app, for what to register.
                      Default: http://localhost:3000
  --yes, -y           Asks nothing.

Exit codes: 0 written, 1 the files can't be written, 2 a wrong command line.
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
  --ops-port <port>   Serves /metrics there, on OPS_HOST: the loopback.

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
       strongroom keygen --client-key <file> [--alg <algorithm>] [--add]
       strongroom keygen --tls-cert <file> --tls-key <file> [--name <name>] [--days <days>]

Without more it prints a SESSION_SECRET: 32 random bytes.

  --client-key <file>   A key of the client's own (OIDC_CLIENT_KEY_FILE). The private
                        one goes into the file, the public one is printed, to be
                        registered at the provider.
  --alg <algorithm>     To prove itself and to sign: ES256 (default), ES384, ES512,
                        Ed25519, PS256, RS256. For what the provider encrypts:
                        ECDH-ES, RSA-OAEP-256.
  --add                 The file is there, and gets the key behind those in it.

  --tls-cert <file>     A certificate of the client's own making, and its private key
  --tls-key <file>      (OIDC_TLS_CERT_FILE, OIDC_TLS_KEY_FILE), for a provider that
                        knows it by itself (self_signed_tls_client_auth). What is to
                        be registered is printed. Needs selfsigned.
  --name <name>         What the certificate says whose it is. Default: strongroom
  --days <days>         How long it is good. Default: 365

Only you may read the files. What is there already is never written over.

Exit codes: 0 done, 1 a file can't be written or read, 2 a wrong command line.
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
  dev: {
    about: 'Stands in front of an app that is being written',
    help: devHelp,
    async run(args) {
      if (asksForHelp(args)) return say(devHelp)
      const { devCommand } = await import('./dev-command.ts')
      return devCommand(args)
    },
  },
  init: {
    about: 'Writes a configuration, and tells what to register',
    help: initHelp,
    async run(args) {
      if (asksForHelp(args)) return say(initHelp)
      const { initCommand } = await import('./init/init-command.ts')
      return initCommand(args)
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
    about: 'Makes a session secret, or a key or a certificate for the client',
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
