import { usableSecrets } from '../options/watched-secrets.ts'
import { asSource } from '../base/key-ring.ts'
import { check, finding, type Finding } from './check.ts'
import { weaknessOf } from './secret-strength.ts'

type Id = 'secrets.session' | 'secrets.client'

export const checkSecrets = check<Id>({
  title: 'Secrets',
  tells: {
    'secrets.session':
      'Whether `SESSION_SECRET` is the example’s, a phrase, a pattern, the client’s secret, or in quotes that became part of it.',
    'secrets.client':
      'Whether `OIDC_CLIENT_SECRET` looks percent-encoded, has white space around it, or is in quotes that became part of it.',
  },
  async run({ settings, options }) {
    const { clientSecret } = settings.provider
    const secrets = usableSecrets(asSource(options.bff.session.secrets))
    return [
      ...sessionSecrets(secrets.ok ? secrets.value : [], clientSecret),
      ...clientFindings(clientSecret),
    ]
  },
})

const howTo = 'Make one with: strongroom keygen'

function sessionSecrets(secrets: readonly string[], clientSecret: string): readonly Finding<Id>[] {
  const wrong = secrets.flatMap((secret, at) => {
    const which = secrets.length === 1 ? 'The session secret' : `Session secret ${at + 1}`
    if (secret === clientSecret)
      return [
        finding(
          'secrets.session',
          'fault',
          `${which} is the client’s secret, which the provider knows, too.`,
          howTo,
        ),
      ]
    const weakness = weaknessOf(secret)
    return weakness === null
      ? []
      : [
          finding(
            'secrets.session',
            weakness.level,
            `${which} ${weakness.text}`,
            `${howTo}. ${secrets.length > 1 ? 'Put it first, and drop this one later.' : 'With another one everybody must sign in again, unless it is put before this one, parted by a comma.'}`,
          ),
        ]
  })
  return wrong.length > 0
    ? wrong
    : [finding('secrets.session', 'ok', 'The session secret is long and looks random.')]
}

function clientFindings(secret: string): readonly Finding<Id>[] {
  const warning = (text: string, cure: string) => [finding('secrets.client', 'warning', text, cure)]
  if (/^(["']).*\1$/.test(secret))
    return warning(
      'OIDC_CLIENT_SECRET is in quotes, which are part of it here.',
      'Take them away: docker --env-file and systemd’s own files treat quotes differently from a shell.',
    )
  if (secret.trim() !== secret)
    return warning('The client secret has white space around it.', 'Take it away.')
  return /%[\dA-Fa-f]{2}/.test(secret)
    ? warning(
        'OIDC_CLIENT_SECRET looks percent-encoded.',
        'Set it as the provider shows it: Strongroom encodes it where that is needed.',
      )
    : []
}
