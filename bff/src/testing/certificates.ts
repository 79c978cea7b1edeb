import { generate } from 'selfsigned'

export interface Authority {
  readonly pem: string
  /**
   * @param days  until it expires; negative ones are past
   * @param fromDays  until it is good; a day before now, or before its end, when left out
   */
  issue(options: {
    readonly name: string
    readonly days: number
    readonly fromDays?: number
  }): Promise<Issued>
}

export interface Issued {
  readonly cert: string
  readonly key: string
}

/** An authority of one's own, whom nobody trusts that is not told to. */
export async function newAuthority(): Promise<Authority> {
  const own = await generate([{ name: 'commonName', value: 'An authority of one test' }], {
    ...kind,
    notBeforeDate: daysFromNow(-30),
    notAfterDate: daysFromNow(365),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  })
  return {
    pem: own.cert,
    async issue({ name, days, fromDays = Math.min(days, 0) - 1 }) {
      const issued = await generate([{ name: 'commonName', value: name }], {
        ...kind,
        ca: { key: own.private, cert: own.cert },
        notBeforeDate: daysFromNow(fromDays),
        notAfterDate: daysFromNow(days),
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
        ],
      })
      return { cert: issued.cert, key: issued.private }
    },
  }
}

const kind = { keyType: 'ec', algorithm: 'sha256' } as const

/** And an hour more, so that a day is not over before it is looked at. */
function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * 86_400_000 + 3_600_000)
}
