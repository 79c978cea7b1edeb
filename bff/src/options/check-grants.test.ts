import { expect, test } from 'vitest'
import type { Store } from '../keyvalue/store.ts'
import { checkGrants } from './check-grants.ts'
import { optionsFromEnv } from './from-env.ts'

const digest = { title: 'Digest', sentence: 'Writes a digest.', scopes: ['notes'] }
const file = 'sqlite:store.db'

const faultsOf = (grants: unknown, store: string | Store = file) =>
  checkGrants(grants, store).map(({ option, text }) => `${option} ${text}`)

test('finds no fault with a grant that says what it must', () => {
  expect(faultsOf({ digest })).toEqual([])
  expect(faultsOf({ digest }, 'redis://localhost')).toEqual([])
})

test('tells everything that is wrong with a grant at once, each with its cure', () => {
  const faults = faultsOf({
    'Nightly Digest': { ...digest, sentence: 'Writes\na digest.', scopes: ['two words'] },
    other: { longestSeconds: 1, resource: 'notes', authorizeParameters: { state: 'x' }, tilte: '' },
  })

  expect(faults).toEqual([
    expect.stringMatching(/^grants\.Nightly Digest is not a name\. Use/),
    expect.stringMatching(/^grants\.Nightly Digest\.sentence has a line break/),
    expect.stringMatching(/^grants\.Nightly Digest\.scopes holds what is no scope/),
    expect.stringMatching(/^grants\.other\.longestSeconds is not a whole number from 60/),
    expect.stringMatching(/^grants\.other\.resource is not an absolute URI/),
    expect.stringMatching(/^grants\.other\.authorizeParameters sets state, which Strongroom sets/),
    expect.stringMatching(/^grants\.other\.tilte is not a name known here\. Did you mean title\?/),
    expect.stringMatching(/^grants\.other\.title is missing/),
    expect.stringMatching(/^grants\.other\.sentence is missing/),
    expect.stringMatching(/^grants\.other\.scopes is empty/),
  ])
})

test.each([
  [{ prompt: 'login' }, /without "consent"/],
  [{ resource: 'https://notes.example.org' }, /Say it as the option resource/],
  [{ access_type: 1 }, /is not a list of texts by their names/],
])('authorization parameters %j are refused', (authorizeParameters, told) => {
  expect(faultsOf({ digest: { ...digest, authorizeParameters } })).toEqual([
    expect.stringMatching(told),
  ])
})

test('a prompt that holds consent among others is let through', () => {
  const authorizeParameters = { prompt: 'login consent', access_type: 'offline' }

  expect(faultsOf({ digest: { ...digest, authorizeParameters } })).toEqual([])
})

test('a store that a restart empties is refused with grants, and without them it is not', () => {
  expect(faultsOf({ digest }, 'memory:')).toEqual([
    expect.stringMatching(/^store is memory:, which a restart empties: .+ Use sqlite:<file>/),
  ])
  expect(faultsOf({}, 'memory:')).toEqual([])
})

test.each([[[]], ['digest'], [null]])(
  'grants that are %j are no grants by their names',
  (grants) => {
    expect(faultsOf(grants)).toEqual([expect.stringMatching(/^grants is not/)])
  },
)

test('faults of a file are told with its name', () => {
  const config = { grants: { digest: { ...digest, title: '' } } }

  const options = optionsFromEnv({}, { name: 'strongroom.config.ts', config })

  expect(options).toMatchObject({
    ok: false,
    error: expect.arrayContaining([
      expect.objectContaining({ option: 'strongroom.config.ts grants.digest.title' }),
    ]),
  })
})
