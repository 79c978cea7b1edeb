import { expect, test } from 'vitest'
import { Refusal } from '../base/failure.ts'
import { ApiRefusal, expectOk, JobCallError, RetryLater } from './job-errors.ts'
import { outcomeOf } from './outcome.ts'

const again = 'is tried again'
const over = 'is not tried again'

test.each([
  ['no answer of the store', new JobCallError('store-unreachable'), 'store-unreachable', again],
  [
    'a refusal of the store',
    new Refusal({ kind: 'store-unreachable', cause: null }),
    'store-unreachable',
    again,
  ],
  ['no answer of the API', new JobCallError('api-unreachable'), 'api-unreachable', again],
  ['a late answer of the API', new JobCallError('api-timeout'), 'api-unreachable', again],
  [
    'no answer of the provider',
    new JobCallError('provider-unreachable'),
    'provider-unreachable',
    again,
  ],
  [
    'a provider that refuses the client',
    new JobCallError('client-refused'),
    'provider-unreachable',
    again,
  ],
  ['a 503', new ApiRefusal(503, null), 'api-unreachable', again],
  ['a 429', new ApiRefusal(429, 7), 'api-unreachable', again],
  ['a 408', new ApiRefusal(408, null), 'api-unreachable', again],
  ['a 404', new ApiRefusal(404, null), 'api-refused', over],
  ['a call that leads elsewhere', new JobCallError('not-the-api'), 'failed', over],
  ['a wish for another time', new RetryLater(), 'not-yet', again],
  [
    'what the job wrapped',
    new Error('x', { cause: new ApiRefusal(503, null) }),
    'api-unreachable',
    again,
  ],
  ['anything else', 'text', 'failed', over],
])('%s is told as it should be', (_, thrown, name, follows) => {
  const { name: told, retryAfterSeconds } = outcomeOf(thrown)

  expect(told).toBe(name)
  expect(retryAfterSeconds === null ? over : again).toBe(follows)
})

test('how long an API asks to wait is heard', async () => {
  const busy = new Response(null, { status: 503, headers: { 'Retry-After': '90' } })

  const refusal: unknown = await expectOk(busy).catch((error: unknown) => error)

  expect(outcomeOf(refusal)).toMatchObject({ name: 'api-unreachable', retryAfterSeconds: 90 })
  expect(await (await expectOk(new Response('good'))).text()).toBe('good')
})
