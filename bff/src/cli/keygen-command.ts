import { randomBytes } from 'node:crypto'
import { commandLine } from './command-line.ts'
import { makeClientCertificate } from './make-client-certificate.ts'
import { clientKeyAlgorithms, makeClientKey } from './make-client-key.ts'
import { wrong } from './wrong.ts'

const options = {
  'client-key': { type: 'string' },
  alg: { type: 'string' },
  add: { type: 'boolean' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  name: { type: 'string' },
  days: { type: 'string' },
} as const

/** What each belongs to. */
const parts = { alg: 'client-key', add: 'client-key', name: 'tls-cert', days: 'tls-cert' } as const

/** No certificate that somebody renews by hand should be good for longer. */
const mostDays = 3650

/** `strongroom keygen …` @returns the exit code */
export async function keygenCommand(args: readonly string[]): Promise<number> {
  const line = commandLine({ args: [...args], options })
  if (typeof line === 'string') return wrong(line, 'keygen')
  const { values } = line
  for (const [part, whole] of Object.entries(parts)) {
    if (values[part as keyof typeof parts] !== undefined && values[whole] === undefined)
      return wrong(`--${part} belongs to --${whole}.`, 'keygen')
  }
  const { 'client-key': keyFile, 'tls-cert': certificate, 'tls-key': certificateKey } = values
  if (keyFile !== undefined && (certificate ?? certificateKey) !== undefined)
    return wrong('A key and a certificate are made one after the other.', 'keygen')
  if (keyFile !== undefined) return clientKey(keyFile, values)
  if (certificate !== undefined || certificateKey !== undefined)
    return clientCertificate(certificate, certificateKey, values)
  process.stdout.write(`${randomBytes(32).toString('base64')}\n`)
  return 0
}

type Values = Readonly<{ alg?: string; add?: boolean; name?: string; days?: string }>

async function clientKey(file: string, { add = false, alg = 'ES256' }: Values): Promise<number> {
  if (file === '')
    return wrong('--client-key needs the file to write the private key to.', 'keygen')
  if (!clientKeyAlgorithms.includes(alg))
    return wrong(`--alg needs one of ${clientKeyAlgorithms.join(', ')}.`, 'keygen')
  return makeClientKey({ file, alg, add })
}

async function clientCertificate(
  file = '',
  keyFile = '',
  { days = '365', name = 'strongroom' }: Values,
): Promise<number> {
  if (file === '' || keyFile === '' || file === keyFile)
    return wrong(
      'A certificate needs two files: --tls-cert for itself, --tls-key for its private key.',
      'keygen',
    )
  if (!/^[1-9]\d{0,3}$/.test(days) || Number(days) > mostDays)
    return wrong(`--days needs a number from 1 to ${mostDays}.`, 'keygen')
  if (name === '') return wrong('--name needs a name.', 'keygen')
  return makeClientCertificate({ file, keyFile, name, days: Number(days) })
}
