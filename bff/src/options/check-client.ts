import { PlainError } from '../base/plain-error.ts'
import { certificateJwk, readClientCertificate } from '../base/client-certificate.ts'
import { readClientKeys, type ClientKey } from '../base/client-keys.ts'
import { readDecryptionKeys, type DecryptionKey } from '../base/decryption-keys.ts'
import { authenticationOf } from './authentication-of.ts'
import { checkFapi2 } from './check-fapi2.ts'
import type { Fault } from './fault.ts'
import type { BffOptions, ProviderOptions } from './options.ts'
import * as rules from './rules.ts'

/** What keys there are; none where they can't be read, which is told elsewhere. */
export interface Keys {
  readonly clientKeys: readonly ClientKey[]
  readonly decryptionKeys: readonly DecryptionKey[]
}

/** @param text  of the option `provider.clientKeys` */
export function keysIn(text: string): Keys {
  if (text === '') return { clientKeys: [], decryptionKeys: [] }
  return { clientKeys: readClientKeys(text), decryptionKeys: readDecryptionKeys(text) }
}

/**
 * Checks how this client proves itself and what it asks for: that the settings do not contradict each other.
 *
 * @param now  seconds since the epoch
 */
export function checkClient(options: BffOptions, now: number): readonly Fault[] {
  const { provider } = options
  const faults: Fault[] = []
  const say = (option: string, text: string | null) => {
    if (text !== null) faults.push({ option: `provider.${option}`, text })
  }
  say('signedRequests', rules.signedRequests(provider.signedRequests ?? 'when-required'))
  say('responseMode', rules.responseMode(provider.responseMode ?? 'query'))
  say('encryptedAnswers', rules.encryptedAnswers(provider.encryptedAnswers ?? []))
  if (provider.profile != null) say('profile', rules.profile(provider.profile))
  const keys = readable(provider.clientKeys ?? '')
  // Of keys that can't be read their own rule tells.
  if (keys !== null) {
    say('signedRequests', unsigned(provider, keys))
    say('clientAuthentication', unproven(provider, keys))
    say('encryptedAnswers', unread(provider, keys))
  }
  faults.push(...certificateFaults(options, now))
  if (keys !== null && provider.profile === 'fapi2') faults.push(...checkFapi2(options, keys))
  return faults
}

function readable(text: string): Keys | null {
  try {
    return keysIn(text)
  } catch {
    return null
  }
}

function unsigned({ signedRequests }: ProviderOptions, { clientKeys }: Keys): string | null {
  return signedRequests === 'always' && clientKeys.length === 0
    ? 'is "always", and there is no key to sign with. Set OIDC_CLIENT_KEY_FILE, or leave it out.'
    : null
}

function unproven(provider: ProviderOptions, keys: Keys): string | null {
  const lacksKey = keys.clientKeys.length === 0 && keys.decryptionKeys.length > 0
  return authenticationOf(provider) === 'private_key_jwt' && lacksKey
    ? 'is private_key_jwt, and all keys of OIDC_CLIENT_KEY_FILE are for encryption (use: enc). Add one that signs, or set OIDC_CLIENT_SECRET.'
    : null
}

function unread({ encryptedAnswers = [] }: ProviderOptions, keys: Keys): string | null {
  return encryptedAnswers.length > 0 && keys.decryptionKeys.length === 0
    ? 'demands encryption, and there is no key to decrypt with. Add a JWK with use "enc" to OIDC_CLIENT_KEY_FILE.'
    : null
}

function certificateFaults({ provider, upstreams, ...options }: BffOptions, now: number): Fault[] {
  const { clientCertificate = '', clientCertificateKey = '', clientAuthentication } = provider
  const isSet = clientCertificate !== '' || clientCertificateKey !== ''
  const faults: Fault[] = []
  const say = (option: string, text: string) => faults.push({ option, text })
  if (isSet) {
    const missing = missingHalf(clientCertificate, clientCertificateKey)
    const fault =
      missing ??
      certificateFault(clientCertificate, clientCertificateKey, now) ??
      unpublishable(provider)
    if (fault !== null) faults.push(fault)
    if (provider.issuer?.startsWith('http:') === true)
      say('provider.clientCertificate', 'is shown over TLS alone, and OIDC_ISSUER is plain http.')
    if (options.fetch !== undefined && options.fetch !== globalThis.fetch)
      say(
        'provider.clientCertificate',
        'can’t be shown by a fetch of your own. Leave one of them out.',
      )
  }
  if (!isSet && /^(self_signed_)?tls_client_auth$/.test(clientAuthentication ?? ''))
    say(
      'provider.clientCertificate',
      `is missing, which ${clientAuthentication} proves us by. Set OIDC_TLS_CERT_FILE and OIDC_TLS_KEY_FILE.`,
    )
  const rows = Array.isArray(upstreams) ? upstreams : []
  rows.forEach(({ clientCertificate: shows, target }, index) => {
    if (shows !== true) return
    const option = `upstreams[${index}].clientCertificate`
    if (!isSet)
      say(option, 'has no certificate to show. Set OIDC_TLS_CERT_FILE and OIDC_TLS_KEY_FILE.')
    if (typeof target === 'string' && target.startsWith('http:'))
      say(option, 'is shown over TLS alone, and the target is plain http.')
  })
  return faults
}

function missingHalf(chain: string, key: string): Fault | null {
  const halves = [
    ['clientCertificate', chain, 'OIDC_TLS_CERT_FILE', 'its private key'],
    ['clientCertificateKey', key, 'OIDC_TLS_KEY_FILE', 'its certificate'],
  ] as const
  for (const [name, text, variable, other] of halves) {
    const fault =
      text.trim() === ''
        ? `is missing beside ${other}. Set ${variable}, or leave both out.`
        : rules.nameOfFile(text, variable)
    if (fault !== null) return { option: `provider.${name}`, text: fault }
  }
  return null
}

function certificateFault(chain: string, key: string, now: number): Fault | null {
  try {
    readClientCertificate(chain, key, now)
    return null
  } catch (error) {
    const what = error instanceof PlainError ? error.message : 'can’t be read'
    const text = `${what}. Give a certificate and its private key as PEM (OIDC_TLS_CERT_FILE, OIDC_TLS_KEY_FILE).`
    return { option: 'provider.clientCertificate', text }
  }
}

/** One that can be shown: where no JWK has to tell of it, its key may be of any kind. */
function unpublishable({
  clientCertificate: chain = '',
  clientCertificateKey: key = '',
  clientJwksPath,
}: ProviderOptions): Fault | null {
  if (clientJwksPath == null) return null
  try {
    certificateJwk({ chain, key })
    return null
  } catch (error) {
    if (!(error instanceof PlainError)) throw error
    const text = `${error.message}, and OIDC_CLIENT_JWKS_PATH publishes it as one. Give a certificate whose key is on P-256 or of RSA, or leave OIDC_CLIENT_JWKS_PATH out.`
    return { option: 'provider.clientCertificate', text }
  }
}
