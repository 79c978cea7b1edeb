import { styleText } from 'node:util'
import type { UpstreamOptions } from '../options/options.ts'

export interface DevSummaryParts {
  readonly publicUrl: URL
  readonly spa: URL
  readonly issuer: string
  /** Of the demo provider's access tokens; null with a provider of one's own. */
  readonly audience: string | null
  readonly upstreams: readonly Pick<UpstreamOptions, 'prefix' | 'target'>[]
  /** Where nothing answers yet. */
  readonly silent: readonly string[]
  /** The command by which the certificate is trusted; null without one. */
  readonly trust: string | null
}

/** What `strongroom dev` says when it is ready. Colours are left out where there is no terminal, and with `NO_COLOR`. */
export function devSummary(parts: DevSummaryParts): string {
  const { audience, issuer, publicUrl, silent, spa, trust, upstreams } = parts
  const quiet = (address: string) =>
    silent.includes(address) ? warn('nothing answers there yet') : ''
  return [
    '',
    bold('Strongroom for development'),
    '',
    row('Open', styleText(['bold', 'cyan'], publicUrl.origin.padEnd(24)), dim('Ctrl-C ends it')),
    row(
      'App',
      spa.origin.padEnd(24),
      quiet(spa.href) || dim('all else goes there, hot reload too'),
    ),
    ...upstreams.map(({ prefix, target }) =>
      row(prefix, target.padEnd(24), quiet(target) || dim('with the user’s access token')),
    ),
    row(
      'Provider',
      issuer.padEnd(24),
      audience === null ? '' : dim('demo: sign in as Ada, Grace or Alan'),
    ),
    ...(audience === null ? [] : [row('', `its tokens are for ${audience}`, '')]),
    '',
    ...(trust === null
      ? []
      : [
          'The certificate is of this machine’s own making. A browser warns of it until it',
          'is told to trust it:',
          '',
          `  ${trust}`,
          '',
        ]),
    'The page’s policy is looser here than in production, for hot reload: inline',
    'scripts and styles run. strongroom serve has the strict one.',
    '\n',
  ].join('\n')
}

function row(name: string, value: string, note: string): string {
  return `  ${dim(name.padEnd(10))}${value}  ${note}`.trimEnd()
}

function bold(text: string): string {
  return styleText('bold', text)
}

function dim(text: string): string {
  return styleText('dim', text)
}

function warn(text: string): string {
  return styleText('yellow', text)
}
