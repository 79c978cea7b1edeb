import { isLoopbackHost } from '../base/loopback.ts'

/** No I/O. */

/** Why nobody answered, in plain words. */
export interface NetworkTrouble {
  /** Node's or OpenSSL's own, such as `ECONNREFUSED`; null when it says none. */
  readonly code: string | null
  readonly isTls: boolean
  /** What follows "… can't be reached: ". */
  readonly text: string
  readonly cure: string
}

/**
 * Translates what `fetch` or a socket failed with. By code alone: a message may quote what it was asked.
 *
 * @param about  what was asked
 */
export function networkTrouble(error: unknown, about: URL): NetworkTrouble {
  const code = codeOf(error)
  const told = code === null ? undefined : byCode[code]
  const isTls = told?.isTls ?? /^(ERR_TLS|ERR_SSL|CERT_)/.test(code ?? '')
  const { text, cure } = told ?? unknown(code)
  const local = isLoopbackHost(about.hostname) && code === 'ECONNREFUSED' ? ` ${inContainer}` : ''
  const names = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? namesIn(error) : ''
  return { code, isTls, text: text + names, cure: cure + local }
}

interface Told {
  readonly text: string
  readonly cure: string
  readonly isTls?: boolean
}

const inContainer =
  'In a container localhost is the container itself: use the name of the other one, or host.docker.internal.'

const trustIt =
  'Put the certificate of the authority that issued it into a PEM file and start Strongroom with NODE_EXTRA_CA_CERTS=/path/to/ca.pem.'

const wholeChain =
  'Let the server send the whole chain (fullchain.pem, not cert.pem). If it has an authority of your own: NODE_EXTRA_CA_CERTS=/path/to/ca.pem.'

const silent: Told = {
  text: 'there was no answer in time',
  cure: 'Check the address, and that a firewall lets this machine out to it.',
}

const refused: Told = {
  text: 'nobody listens there (connection refused)',
  cure: 'Start it, or correct host and port.',
}

const notTls: Told = {
  text: 'it does not speak TLS there',
  cure: 'Name the port that does, or use http: if it is on this machine.',
  isTls: true,
}

const brokenOff: Told = {
  text: 'the connection was broken off',
  cure: 'See that a proxy or a firewall on the way lets it pass, and that http: and https: are not mixed up.',
}

const byCode: Readonly<Record<string, Told>> = {
  ENOTFOUND: {
    text: 'its host name is not known (DNS)',
    cure: 'Correct the name, or see that this machine can resolve it.',
  },
  EAI_AGAIN: {
    text: 'its host name could not be looked up (DNS did not answer)',
    cure: 'See that this machine or container has a name server.',
  },
  ECONNREFUSED: refused,
  ECONNRESET: brokenOff,
  UND_ERR_SOCKET: brokenOff,
  EHOSTUNREACH: { ...silent, text: 'there is no way to that host' },
  ENETUNREACH: { ...silent, text: 'there is no way to that network' },
  ETIMEDOUT: silent,
  UND_ERR_CONNECT_TIMEOUT: silent,
  UND_ERR_HEADERS_TIMEOUT: silent,
  TimeoutError: silent,
  CERT_HAS_EXPIRED: {
    text: 'its certificate has expired',
    cure: 'Renew the certificate, and reload what serves it. If it is fresh, the clock of this machine is wrong.',
    isTls: true,
  },
  CERT_NOT_YET_VALID: {
    text: 'its certificate is not valid yet',
    cure: 'Set the clock of this machine right (NTP).',
    isTls: true,
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    text: 'its certificate is self-signed, and nobody here trusts it',
    cure: `Get one from an authority. Or: ${trustIt}`,
    isTls: true,
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    text: 'its certificate comes from an authority that Node does not know',
    cure: trustIt,
    isTls: true,
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    text: 'its certificate comes from an authority that Node does not know, or the chain is not whole',
    cure: wholeChain,
    isTls: true,
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    text: 'its certificate comes without those between it and an authority that Node knows',
    cure: wholeChain,
    isTls: true,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    text: 'its certificate is for another host name',
    cure: 'Use a name that is in the certificate, or get a certificate for this one.',
    isTls: true,
  },
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  EPROTO: notTls,
}

function unknown(code: string | null): Told {
  return {
    text: code === null ? 'there was no answer' : `there was no answer (${code})`,
    cure: 'Try it with curl from this machine.',
  }
}

/** The deepest code there is: `fetch` wraps the error of the socket. */
function codeOf(error: unknown): string | null {
  let code: string | null = null
  for (let at = error; at instanceof Error; at = causeOf(at)) {
    const own = (at as NodeJS.ErrnoException).code
    if (at.name === 'TimeoutError') code = 'TimeoutError'
    else if (typeof own === 'string' && /^[A-Z][A-Z\d_]+$/.test(own)) code = own
  }
  return code
}

/** Of several addresses that were tried, the first speaks for all. */
function causeOf(error: Error): unknown {
  return error instanceof AggregateError ? error.errors[0] : error.cause
}

function namesIn(error: unknown): string {
  for (let at = error; at instanceof Error; at = causeOf(at)) {
    const { cert } = at as { cert?: { subjectaltname?: unknown } }
    const names = typeof cert?.subjectaltname === 'string' ? cert.subjectaltname : ''
    if (/^[\w.:*, -]{1,200}$/.test(names)) return ` (${names})`
  }
  return ''
}
