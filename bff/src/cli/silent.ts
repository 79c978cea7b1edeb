import type { ServerOptions } from '../options/from-env.ts'

/** For commands whose output is their own: of the log only what is wrong, on the other stream. */
export function silent(options: ServerOptions['bff']): ServerOptions['bff'] {
  return {
    ...options,
    telemetry: {
      record: (event) => {
        if (event.name === 'job-runner-failed' || event.name === 'job-run-failed')
          process.stderr.write(`${event.job} failed: ${event.detail}\n`)
      },
    },
  }
}
