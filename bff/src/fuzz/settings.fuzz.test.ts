import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { environment } from '../options/environment.ts'
import { faultReport } from '../options/fault-report.ts'
import { optionsFromEnv } from '../options/from-env.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import { mutated, oddText } from './arbitraries.ts'
import { hold } from './hold.ts'

const names = Object.keys(environment)

/** Something that may be put into any variable by mistake and must not come out again. */
const secret = 'Zq8vK2pWx7Rt5LmB'

const plausible: readonly string[] = [
  'https://app.example.com',
  `https://user:${secret}@app.example.com/${secret}?${secret}#${secret}`,
  'http://localhost:3000',
  'http://127.0.0.1:4000/v1',
  `redis://:${secret}@cache:6379/0`,
  `rediss://${secret}%zz@cache/x`,
  `sqlite:${secret}`,
  'memory:',
  `${secret}${secret}`,
  `${secret}${secret},${secret}`,
  `openid ${secret}`,
  `audience=${secret}&state=${secret}`,
  `10.0.0.0/8, ${secret}`,
  '::1/129',
  'client_secret_basic',
  'server',
  '0',
  '1e9',
  '-1',
  '99999999999999999999',
  ' ',
]

const value = fc.oneof(fc.constantFrom(...plausible), mutated(plausible), oddText)
const anyEnvironment = fc
  .tuple(fc.dictionary(fc.constantFrom(...names), value), fc.dictionary(oddText, value))
  .map(([known, unknown]) => ({ ...unknown, ...known }))

test('whatever the environment says, every fault names its variable and no value is repeated', async () => {
  await hold(
    anyEnvironment,
    (env) => {
      const options = optionsFromEnv(env)

      if (options.ok) return
      expect(options.error.length).toBeGreaterThan(0)
      expect(names).toEqual(expect.arrayContaining(options.error.map(({ option }) => option)))
      expect(faultReport(options.error)).not.toContain(secret)
    },
    { runs: 600, examples: names.flatMap((name) => plausible.map((text) => ({ [name]: text }))) },
  )
})

test('whatever the options say, they are resolved or every fault is told', async () => {
  const options = fc.record({
    publicUrl: value,
    provider: fc.record({ issuer: value, clientId: value, clientSecret: value, scope: value }),
    upstreams: fc.array(fc.record({ prefix: fc.constant('/api' as const), target: value })),
    session: fc.record({
      secrets: fc.array(value),
      idleSeconds: fc.double(),
      maxSeconds: fc.double(),
      replaySeconds: fc.double(),
    }),
    store: value,
    trustedProxies: fc.array(value),
  })
  await hold(options, (given) => {
    const resolved = resolveOptions(given)

    const told = resolved.ok ? [] : resolved.error
    expect(resolved.ok || told.length > 0).toBe(true)
    expect(told.filter(({ text }) => text.length < 10)).toEqual([])
  })
})
