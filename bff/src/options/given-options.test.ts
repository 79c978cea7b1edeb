import { expect, test } from 'vitest'
import { createBff } from '../create-bff.ts'
import { baseOptions as said } from '../testing/test-bff.ts'
import { InvalidOptions } from './invalid-options.ts'
import type { BffOptions } from './options.ts'

const baseOptions = { ...said, telemetry: { record() {} } }

/** What `createBff` says to options of which no compiler has said anything. */
function faultsOf(options: unknown): readonly string[] {
  try {
    void createBff(options as BffOptions).close()
  } catch (error) {
    if (!(error instanceof InvalidOptions)) throw error
    return error.faults.map(({ option, text }) => `${option} ${text}`)
  }
  return []
}

test('options that are as they should be have no faults', () => {
  expect(faultsOf(baseOptions)).toEqual([])
})

test('a name that nobody knows is a fault with a guess, wherever it stands', () => {
  const { provider, session } = baseOptions

  expect(
    faultsOf({
      ...baseOptions,
      sesion: {},
      onevent: () => {},
      provider: { ...provider, audiences: [] },
      session: { ...session, idleSecond: 60 },
    }),
  ).toEqual([
    expect.stringMatching(/^provider\.audiences is not a name known here\./),
    'session.idleSecond is not a name known here. Did you mean idleSeconds?',
    'sesion is not a name known here. Did you mean session?',
    'onevent is not a name known here. Did you mean onEvent?',
  ])
})

test.for([
  {},
  {
    publicUrl: undefined,
    provider: { issuer: undefined, clientId: undefined, clientSecret: undefined },
    session: { secrets: undefined },
  },
])('what is missing altogether is told like what is empty, all at once: %j', (options) => {
  const faults = faultsOf(options)

  expect(new Set(faults.map((fault) => fault.split(' ')[0]))).toEqual(
    new Set([
      'provider.clientId',
      'provider.clientSecret',
      'provider.issuer',
      'publicUrl',
      'session.secrets',
      'upstreams',
    ]),
  )
})

const wrong: readonly [option: string, value: unknown, text: string][] = [
  ['onEvent', 'log', 'is not a function.'],
  ['fetch', {}, 'is not a function.'],
  ['telemetry', {}, 'is not an object with record().'],
  ['clock', { now: () => 0 }, 'is not an object with now() and milliseconds().'],
  ['publicUrl', 3000, 'is not text.'],
  ['provider', 'https://id.example.com', 'is not an object.'],
]

test.for(wrong)('%s of the wrong type is a fault, once', ([option, value, text]) => {
  const faults = faultsOf({ ...baseOptions, [option]: value })

  expect(faults.filter((fault) => fault.startsWith(`${option} `))).toEqual([`${option} ${text}`])
})
