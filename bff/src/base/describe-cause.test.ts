import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { describeCause, framesOf } from './describe-cause.ts'
import { PlainError } from './plain-error.ts'

const secret = 'aB3-secret-token-value-9Zx'

test('tells classes and codes down the chain of causes, and where a connection was refused', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), {
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: 'connect',
    address: '127.0.0.1',
    port: 6379,
  })

  const described = describeCause(new TypeError('fetch failed', { cause: refused }))

  expect(described).toBe('TypeError < Error ECONNREFUSED connect 127.0.0.1:6379')
})

test('tells what we say ourselves word for word', () => {
  expect(describeCause(new PlainError('no answer within 0.25 s'))).toBe(
    'PlainError: no answer within 0.25 s',
  )
})

test('tells SQLite’s name of what went wrong', () => {
  const error = caught(() => new DatabaseSync('/no/such/folder/store.db'))

  expect(describeCause(error)).toBe('Error ERR_SQLITE_ERROR unable to open database file')
})

test('tells the code, the status and the claim of a provider’s answer', () => {
  const refused = Object.assign(new Error(secret), { error: 'invalid_grant', status: 400 })
  const untrue = Object.assign(new Error(secret), {
    code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    claim: 'aud',
  })

  expect(describeCause(refused)).toBe('Error (invalid_grant) status 400')
  expect(describeCause(untrue)).toBe('Error ERR_JWT_CLAIM_VALIDATION_FAILED aud')
})

test('takes nothing for a code that does not look like one', () => {
  const error = Object.assign(new Error(secret), {
    name: `${secret} ${secret}`,
    code: secret,
    error: secret,
    claim: secret,
    errno: -1,
    syscall: secret,
    address: `${secret}/`,
  })

  expect(describeCause(error)).toBe('Error (other)')
})

/** What a runtime puts into the messages of its errors. */
const quoting: readonly [string, () => unknown][] = [
  ['a JSON parser', () => JSON.parse(secret) as unknown],
  [
    'a header that it does not fit into',
    () => new Headers({ Authorization: `Bearer ${secret}\nx` }),
  ],
  ['a URL with a password', () => new Request(`https://user:${secret}@id.example.net/`)],
  ['a URL that is none', () => new Request(`/token?code=${secret}`)],
  [
    'a method that is none',
    () => new Request('https://id.example.net/', { method: `${secret} x` }),
  ],
]

test.for(quoting)('does not repeat what is quoted of a secret by %s', ([, provoke]) => {
  const error = caught(provoke)

  expect(describeCause(error)).toMatch(/^(SyntaxError|TypeError)( ERR_INVALID_URL)?( < |$)/)
  expect(describeCause(error)).not.toContain(secret.slice(0, 8))
})

test.for(quoting)('without that rule the log would hold what is quoted by %s', ([, provoke]) => {
  const messages: string[] = []
  for (let error = caught(provoke); error instanceof Error; error = error.cause)
    messages.push(error.message)

  expect(messages.join(' < ')).toContain(secret.slice(0, 8))
})

test('of a stack only the places are told, whatever the message looks like', () => {
  const crafted = new Error(`${secret}\n    at ${secret}\n${secret}`)
  const bare = Object.assign(new Error('x'), { stack: `Error: ${secret}` })

  expect(framesOf(crafted)).toMatch(/^ {4}at .*describe-cause\.test\.ts:\d+:\d+/)
  expect(framesOf(crafted)).not.toContain(secret)
  expect(framesOf(bare)).toBe('')
})

function caught(provoke: () => unknown): unknown {
  try {
    provoke()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
