import { err, type Result } from '@strongroom/client'
import { certificateJwk, type ClientCertificate } from '../base/client-certificate.ts'
import type { ClientKey } from '../base/client-keys.ts'
import type { DecryptionKey } from '../base/decryption-keys.ts'
import type { Telemetry } from '../observability/telemetry.ts'

/** The client's own keys and certificate as text, as the options of the provider have them. */
export interface CredentialTexts {
  readonly clientKeys?: string
  readonly clientCertificate?: string
  readonly clientCertificateKey?: string
}

/** Where they come from while they may change. Asked every five seconds. */
export interface CredentialSource {
  current(): CredentialTexts
}

export interface ClientCredentials {
  readonly clientKeys: readonly ClientKey[]
  readonly decryptionKeys: readonly DecryptionKey[]
  readonly clientCertificate: ClientCertificate | null
}

/** How credentials are renewed. */
export interface CredentialRenewal extends CredentialSource {
  /** What was checked when everything was. */
  readonly first: CredentialTexts
  /** What texts are good for under the rules that held at the start, or what is wrong with them. Neither quotes them. */
  judge(texts: CredentialTexts): Result<ClientCredentials, string>
}

/** Those in use. The very objects stay, and what is in them changes: whoever was handed the settings goes on with them. */
export interface WatchedCredentials extends ClientCredentials {
  /** Looks no more. */
  close(): void
}

const lookEveryMilliseconds = 5000

/**
 * Follows a source of keys and certificates, which end and are renewed: by a file that is replaced, most often. A change counts when two
 * looks in a row read the same, for a certificate and its key are two files. What can't be used leaves those of before in use, and is told
 * once.
 */
export function watchedCredentials(
  { clientCertificate, clientKeys, decryptionKeys }: ClientCredentials,
  renewal: CredentialRenewal | null,
  telemetry: Telemetry,
): WatchedCredentials {
  const inUse = {
    clientKeys: [...clientKeys],
    decryptionKeys: [...decryptionKeys],
    clientCertificate: clientCertificate && { ...clientCertificate },
  }
  if (renewal === null) return { ...inUse, close() {} }
  let used = JSON.stringify(renewal.first)
  let lastRead = used
  let told = used

  function look(source: CredentialRenewal): void {
    const texts = textsOf(source)
    const read = JSON.stringify(texts)
    const isSettled = read === lastRead
    lastRead = read
    if (!isSettled || read === told) return
    told = read
    if (read === used) return
    const judged = texts === null ? err('can’t be read.') : source.judge(texts)
    if (!judged.ok) return telemetry.record({ name: 'credentials-refused', detail: judged.error })
    used = read
    take(judged.value)
  }

  function take(fresh: ClientCredentials): void {
    inUse.clientKeys.splice(0, Infinity, ...fresh.clientKeys)
    inUse.decryptionKeys.splice(0, Infinity, ...fresh.decryptionKeys)
    if (inUse.clientCertificate) Object.assign(inUse.clientCertificate, fresh.clientCertificate)
    telemetry.record({ name: 'credentials-renewed', keys: kidsOf(fresh) })
  }

  const timer = setInterval(() => look(renewal), lookEveryMilliseconds).unref()
  return { ...inUse, close: () => clearInterval(timer) }
}

function textsOf(source: CredentialSource): CredentialTexts | null {
  try {
    return source.current()
  } catch {
    return null
  }
}

/** As they are published. */
function kidsOf({ clientCertificate, clientKeys, decryptionKeys }: ClientCredentials): string[] {
  const certificate = clientCertificate === null ? [] : [certificateJwk(clientCertificate)]
  return [
    ...[...clientKeys, ...decryptionKeys].map(({ kid }) => kid),
    ...certificate.map(({ kid }) => String(kid)),
  ]
}
