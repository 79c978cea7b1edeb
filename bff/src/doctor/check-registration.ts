import { routes } from '@strongroom/client'
import { check, finding } from './check.ts'

type Id =
  | 'register.redirect-uri'
  | 'register.post-logout-uri'
  | 'register.backchannel-uri'
  | 'register.frontchannel-uri'
  | 'register.jwks-uri'

export const checkRegistration = check<Id>({
  title: 'To register at the provider, to the letter',
  tells: {
    'register.redirect-uri': 'The redirect URI to register.',
    'register.post-logout-uri': 'The post-logout redirect URI to register.',
    'register.backchannel-uri':
      'The back-channel logout URI to register, where the provider has that.',
    'register.frontchannel-uri':
      'The front-channel logout URI to register, where the provider has that and no back-channel logout.',
    'register.jwks-uri':
      'Where the provider fetches the client’s public keys, if `OIDC_CLIENT_JWKS_PATH` says so.',
  },
  async run(patient) {
    const { metadata } = await patient.document()
    const at = (path: string) => new URL(path, patient.settings.publicUrl).href
    const note = (id: Id, name: string, uri: string) => finding(id, 'note', `${name}: ${uri}`)
    const jwksPath = patient.settings.clientJwksPath
    const back = metadata?.['backchannel_logout_supported'] === true
    const front = metadata?.['frontchannel_logout_supported'] === true
    return [
      note('register.redirect-uri', 'Redirect URI', patient.callbackUrl.href),
      note('register.post-logout-uri', 'Post-logout redirect URI', patient.postLogoutUrl.href),
      ...(back || metadata === null
        ? [
            note(
              'register.backchannel-uri',
              'Back-channel logout URI (session required)',
              at(routes.backchannelLogout),
            ),
          ]
        : []),
      ...(front && !back
        ? [
            note(
              'register.frontchannel-uri',
              'Front-channel logout URI (session required)',
              at(routes.frontchannelLogout),
            ),
          ]
        : []),
      ...(jwksPath === null ? [] : [note('register.jwks-uri', 'JWKS URI', at(jwksPath))]),
    ]
  },
})
