import { certificateJwk } from '../base/client-certificate.ts'
import { CannotStart } from '../dev/cannot-start.ts'
import { loadSelfsigned } from '../dev/load-selfsigned.ts'
import { writeSecretFiles } from './secret-files.ts'

interface CertificateFiles {
  readonly file: string
  readonly keyFile: string
  /** Its subject's common name. */
  readonly name: string
  readonly days: number
}

const dayMilliseconds = 86_400_000

/** A certificate that vouches for itself, for a provider that is told of it (RFC 8705 §2.2). @returns the exit code */
export async function makeClientCertificate(files: CertificateFiles): Promise<number> {
  const { days, file, keyFile } = files
  const end = new Date(Date.now() + days * dayMilliseconds)
  const made = await selfSigned(files, end).catch((error: unknown) => {
    if (error instanceof CannotStart) return error.message
    throw error
  })
  const trouble =
    typeof made === 'string' ? made : writeSecretFiles({ [keyFile]: made.key, [file]: made.chain })
  if (typeof made === 'string' || trouble !== null) {
    process.stderr.write(`${trouble}\n`)
    return 1
  }
  process.stderr.write(
    `The certificate is in ${file}, its private key in ${keyFile}. It is good until ${end.toISOString().slice(0, 10)}.
With OIDC_CLIENT_AUTH=self_signed_tls_client_auth register this at the provider, or the address where it
is served (OIDC_CLIENT_JWKS_PATH):\n`,
  )
  process.stdout.write(`${JSON.stringify({ keys: [certificateJwk(made)] }, null, 2)}\n`)
  return 0
}

async function selfSigned({ name }: CertificateFiles, end: Date) {
  const { generate } = await loadSelfsigned()
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate: end,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', clientAuth: true },
    ],
  })
  return { chain: cert, key }
}
