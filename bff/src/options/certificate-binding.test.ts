import { expect, test } from 'vitest'
import { certificateBindingOf } from './certificate-binding.ts'
import type { UpstreamOptions } from './options.ts'
import { baseOptions } from '../testing/test-bff.ts'

const [row] = baseOptions.upstreams
const shown = { ...row, clientCertificate: true } as UpstreamOptions
const certificate = { clientCertificate: 'pem' }
const fapi2 = { ...certificate, profile: 'fapi2' } as const

test.for([
  ['no certificate', {}, [shown], null],
  ['a certificate that no API is shown', certificate, [row], null],
  ['a certificate that an API is shown', certificate, [row, shown], 'expected'],
  ['one that is shown where no token goes', certificate, [{ ...shown, token: 'none' }], null],
  ['the profile with a certificate', fapi2, [row], 'required'],
  ['the profile with a certificate and DPoP', { ...fapi2, dpop: true }, [row], null],
] as const)('with %s', ([, provider, upstreams, binding]) => {
  const options = {
    ...baseOptions,
    provider: { ...baseOptions.provider, ...provider },
    upstreams: upstreams as readonly UpstreamOptions[],
  }

  expect(certificateBindingOf(options)).toBe(binding)
})
