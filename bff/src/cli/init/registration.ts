import { routes } from '@strongroom/client'
import { styleText } from 'node:util'
import { table } from '../table.ts'
import type { Answers } from './answers.ts'

/** What the provider must be told, and what comes next. */
export function registration({ issuer, publicUrl }: Answers): string {
  const at = (path: string) => new URL(path, publicUrl).href
  const rows = [
    ['Client type', 'confidential ("web"), with a secret'],
    ['Client authentication', 'client_secret_post or client_secret_basic'],
    ['Grant types', 'authorization_code (with PKCE), refresh_token'],
    ['Redirect URI', at(routes.callback)],
    ['Post-logout redirect URI', at(routes.home)],
    ['Back-channel logout URI', at(routes.backchannelLogout)],
    ['', 'with the session required'],
  ]
  const [, ...lines] = table(['', ''], rows).trimEnd().split('\n')
  const next =
    issuer === ''
      ? 'Nothing must be registered to try it: strongroom dev brings a provider along.'
      : 'Put the client’s secret into .env as OIDC_CLIENT_SECRET, then: strongroom dev'
  return `${styleText('bold', `Register at ${issuer === '' ? 'your provider' : issuer}`)}

${lines.map((line) => `  ${line}\n`).join('')}
Where users open the app elsewhere, the same with that origin in front.
${next}
`
}
