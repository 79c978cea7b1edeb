import { err, ok, type Result } from '@strongroom/client'
import { certificateThumbprint, type ClientCertificate } from '../base/client-certificate.ts'
import type { ClientKey } from '../base/client-keys.ts'
import type { DecryptionKey } from '../base/decryption-keys.ts'
import { describeCause } from '../base/describe-cause.ts'
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

/** To judge costs a signature by each key. Twelve looks are a minute. */
const judgeRefusedEveryLooks = 12

/**
 * Follows a source of keys and certificates, which end and are renewed: by a file that is replaced, most often. A change counts when two
 * looks in a row read the same, for a certificate and its key are two files. What can't be used leaves those of before in use, is told
 * once, and judged again each minute: time may mend it.
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
  let used: string | null = JSON.stringify(renewal.first)
  let lastRead: string | null = used
  let told: string | null = used
  let looksUntilJudged = 0

  function look(source: CredentialRenewal): void {
    const read = readFrom(source)
    const isSettled = read === lastRead
    lastRead = read
    if (!isSettled) return
    const isNews = read !== told
    told = read
    if (read === used) return
    // What was refused is not forgotten: a certificate may be put there an hour before it is good.
    looksUntilJudged = isNews ? 0 : looksUntilJudged - 1
    if (looksUntilJudged > 0) return
    looksUntilJudged = judgeRefusedEveryLooks
    const judged = read === null ? err('can’t be read.') : judgedBy(source, read)
    if (judged.ok) {
      used = read
      take(judged.value)
    } else if (isNews) telemetry.record({ name: 'credentials-refused', detail: judged.error })
  }

  function take({ fresh, keys }: Judged): void {
    inUse.clientKeys.splice(0, Infinity, ...fresh.clientKeys)
    inUse.decryptionKeys.splice(0, Infinity, ...fresh.decryptionKeys)
    if (inUse.clientCertificate) Object.assign(inUse.clientCertificate, fresh.clientCertificate)
    telemetry.record({ name: 'credentials-renewed', keys })
  }

  const timer = setInterval(() => look(renewal), lookEveryMilliseconds).unref()
  return { ...inUse, close: () => clearInterval(timer) }
}

/** As JSON: whatever becomes of the source's own object, judged is what is used. */
function readFrom(source: CredentialSource): string | null {
  try {
    return JSON.stringify(source.current())
  } catch {
    return null
  }
}

interface Judged {
  readonly fresh: ClientCredentials
  /** What the log calls them. */
  readonly keys: readonly string[]
}

/** All that may go wrong does so here, before anything is in use: nobody else would catch it, and it would end the process. */
function judgedBy(source: CredentialRenewal, read: string): Result<Judged, string> {
  try {
    const judged = source.judge(JSON.parse(read) as CredentialTexts)
    return judged.ok ? ok({ fresh: judged.value, keys: namesOf(judged.value) }) : judged
  } catch (error) {
    return err(`can’t be used (${describeCause(error)}).`)
  }
}

/** As they are published, and a certificate by the same name where it can't be: not every kind of key has a JWK. */
function namesOf({ clientCertificate, clientKeys, decryptionKeys }: ClientCredentials): string[] {
  return [
    ...[...clientKeys, ...decryptionKeys].map(({ kid }) => kid),
    ...(clientCertificate === null ? [] : [certificateThumbprint(clientCertificate)]),
  ]
}
