import { expect, test } from 'vitest'
import { keyId, type SecretSource } from '../base/key-ring.ts'
import { isSignedIn } from '../testing/is-signed-in.ts'
import { secret, signedInTestBff } from '../testing/test-bff.ts'

const turns: readonly (readonly [string, () => readonly string[]])[] = [
  ['empty', () => ['']],
  ['easy to guess', () => ['a'.repeat(40)]],
  ['gone', () => []],
  [
    'unreadable',
    () => {
      throw new Error('the disk is gone')
    },
  ],
]

test.for(turns)(
  'secrets that are %s when they are read again are not used: what was checked is',
  async ([, turn]) => {
    let reads = 0
    const source: SecretSource = { current: () => ((reads += 1) === 1 ? [secret] : turn()) }

    const { browser, eventsNamed } = await signedInTestBff({ session: { secrets: source } })

    expect(await isSignedIn(browser)).toBe(true)
    expect(eventsNamed('keys-in-use')).toEqual([{ name: 'keys-in-use', keys: [keyId(secret)] }])
  },
)

test('a list that is changed after it was checked changes nothing', async () => {
  const secrets = [secret]
  const { browser, clock } = await signedInTestBff({ session: { secrets } })

  secrets[0] = ''
  clock.advance(2)

  expect(await isSignedIn(browser)).toBe(true)
})
