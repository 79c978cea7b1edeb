import { generate } from 'selfsigned'

/** A certificate and its private key, both PEM. */
export interface Issued {
  readonly cert: string
  readonly key: string
}

export interface Authority {
  /** Its own certificate, for whoever is to trust it. */
  readonly pem: string
  /** @param name  the host or the client that it is for; an address of IPv4 is one */
  issue(name: string): Promise<Issued>
}

/** An authority of one's own, whom nobody trusts that is not told to. */
export async function newAuthority(): Promise<Authority> {
  const own = await generate([{ name: 'commonName', value: 'An authority of one test' }], {
    ...kind,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  })
  return {
    pem: own.cert,
    issue: (name) => issue(name, { ca: { key: own.private, cert: own.cert } }),
  }
}

/** A certificate that nobody vouches for but itself. */
export function selfSigned(name: string): Promise<Issued> {
  return issue(name)
}

async function issue(name: string, by: Parameters<typeof generate>[1] = {}): Promise<Issued> {
  const isAddress = /^[\d.]+$/.test(name)
  const issued = await generate([{ name: 'commonName', value: name }], {
    ...kind,
    ...by,
    extensions: [
      { name: 'basicConstraints', cA: false },
      {
        name: 'subjectAltName',
        altNames: [isAddress ? { type: 7, ip: name } : { type: 2, value: name }],
      },
    ],
  })
  return { cert: issued.cert, key: issued.private }
}

const kind = { keyType: 'ec', algorithm: 'sha256' } as const
