import { generate } from 'selfsigned'
import { expect, test } from 'vitest'
import { createBff } from '../create-bff.ts'
import { baseOptions } from '../testing/test-bff.ts'

async function noticesWith(days: number): Promise<readonly string[]> {
  // Half a day more, since the hours of a test are no days.
  const notAfterDate = new Date(Date.now() + (days + 0.5) * 86_400_000)
  const name = [{ name: 'commonName', value: 'app.example.com' }]
  const issued = await generate(name, { keyType: 'ec', algorithm: 'sha256', notAfterDate })
  const certificate = { clientCertificate: issued.cert, clientCertificateKey: issued.private }
  const bff = createBff({
    ...baseOptions,
    provider: { ...baseOptions.provider, ...certificate },
    telemetry: { record: () => {} },
  })
  const notices = await bff.notices()
  await bff.close()
  return notices
}

test.for([
  [13, ['The client’s own certificate expires in 13 days, and proves nothing from then on.']],
  [1, ['The client’s own certificate expires in 1 day, and proves nothing from then on.']],
  [0, ['The client’s own certificate expires in 0 days, and proves nothing from then on.']],
  [14, []],
] as const)(
  'a certificate of the client’s own that is over in %i days is told of %s',
  async ([days, told]) => {
    expect(await noticesWith(days)).toEqual(told)
  },
)
