import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { keyId } from '../base/key-ring.ts'
import type { Event } from '../observability/events.ts'
import { secretFile } from './secret-file.ts'
import { watchedSecrets } from './watched-secrets.ts'
import { heard } from '../testing/heard.ts'

const older = 'the older secret of more than thirty-two characters'
const newer = 'the newer secret of more than thirty-two characters'

test('reads secrets parted by commas or line breaks, however the lines end', () => {
  const { path } = folder()
  writeFileSync(path, `\uFEFF${newer}\r\n${older}, ${newer}x\n\n`)

  expect(secretFile(path).current()).toEqual([newer, older, `${newer}x`])
})

const replacements: Record<string, (at: ReturnType<typeof folder>) => void> = {
  'written over': ({ path }) => writeFileSync(path, newer),
  'replaced by a rename': ({ path, inFolder }) => {
    writeFileSync(inFolder('next'), newer)
    renameSync(inFolder('next'), path)
  },
}

test('reads a secret that stands there twice once', () => {
  const { path } = folder()
  writeFileSync(path, `${newer},${older},${newer}`)

  expect(secretFile(path).current()).toEqual([newer, older])
})

test.for(Object.entries(replacements))('sees a file that is %s', ([, replace]) => {
  const at = folder()
  writeFileSync(at.path, older)
  const { secrets, look, events } = watching(at.path)

  replace(at)
  const before = secrets.current()

  expect([before, look(), look()]).toEqual([[older], [older], [newer]])
  expect(events).toEqual([
    { name: 'keys-in-use', keys: [keyId(older)] },
    { name: 'keys-in-use', keys: [keyId(newer)] },
    { name: 'keys-all-new' },
  ])
})

test('a list that is seen half written, and could be a whole one, is not used', () => {
  const { path } = folder()
  writeFileSync(path, `${newer},${older}`)
  const { look, events } = watching(path)
  const before = [newer, older]

  writeFileSync(path, `${newer}x,${newer}`)
  const half = look()
  writeFileSync(path, `${newer}x,${newer},${older}`)
  const whole = [look(), look()]

  expect([half, ...whole]).toEqual([before, before, [`${newer}x`, newer, older]])
  expect(events.map(({ name }) => name)).toEqual(['keys-in-use', 'keys-in-use'])
})

test('without a second look half a list would be used', () => {
  const { path } = folder()
  writeFileSync(path, `${newer},${older}`)
  const half = `${newer}x,${newer}`

  writeFileSync(path, half)

  expect(secretFile(path).current()).toEqual([`${newer}x`, newer])
})

test('warns of a list that shares no secret with the one before, and of no other', () => {
  const { path } = folder()
  writeFileSync(path, older)
  const { look, events } = watching(path)
  const become = (list: string) => {
    writeFileSync(path, list)
    look()
    look()
  }

  become(`${older},${newer}`)
  become(`${newer},${older}`)
  become(newer)
  const told = events.length
  become(older)

  expect(events.slice(0, told).map(({ name }) => name)).toEqual(Array(4).fill('keys-in-use'))
  expect(events.slice(told).map(({ name }) => name)).toEqual(['keys-in-use', 'keys-all-new'])
})

test('sees a link that is turned to another folder, as Kubernetes does with a mounted secret', () => {
  const { inFolder } = folder()
  for (const [version, secret] of [
    ['v1', older],
    ['v2', newer],
  ] as const) {
    mkdirSync(inFolder(version))
    writeFileSync(join(inFolder(version), 'secret'), secret)
  }
  symlinkSync('v1', inFolder('data'))
  symlinkSync('data/secret', inFolder('secret'))
  const { look } = watching(inFolder('secret'))

  symlinkSync('v2', inFolder('next'))
  renameSync(inFolder('next'), inFolder('data'))

  expect([look(), look()]).toEqual([[older], [newer]])
})

const troubles: Record<string, readonly [(path: string) => void, RegExp]> = {
  gone: [unlinkSync, /ENOENT/],
  empty: [(path) => writeFileSync(path, ''), /missing/],
  'half written': [(path) => writeFileSync(path, 'the newer sec'), /fewer than 32/],
  'a folder': [(path) => (unlinkSync(path), mkdirSync(path)), /not a file/],
  'written in UTF-16': [(path) => writeFileSync(path, newer, 'utf16le'), /not printable ASCII/],
  'far too large': [(path) => writeFileSync(path, 'x'.repeat(70_000)), /70000 bytes/],
}

test.for(Object.entries(troubles))(
  'keeps the secrets of before while the file is %s, and says so once',
  ([, [spoil, said]]) => {
    const { path } = folder()
    writeFileSync(path, older)
    const { look, events } = watching(path)

    spoil(path)
    for (const _ of [1, 2, 3]) expect(look()).toEqual([older])

    const [told, ...others] = events.filter(({ name }) => name === 'keys-refused')
    expect(told).toMatchObject({ detail: expect.stringMatching(said) })
    expect(others).toEqual([])
    expect(JSON.stringify(events)).not.toContain('the newer sec')
  },
)

test('looks by itself, so that an instance which nobody calls reports a bad file too', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { path } = folder()
  writeFileSync(path, older)
  const { advance, events, secrets } = watching(path)
  unlinkSync(path)

  advance(1000)
  vi.advanceTimersByTime(1000)
  const told = events.length
  secrets.close()
  writeFileSync(path, newer)
  advance(1000)
  vi.advanceTimersByTime(10_000)

  expect(events.map(({ name }) => name)).toEqual(['keys-in-use', 'keys-refused'])
  expect(told).toBe(2)
})

function folder() {
  const root = mkdtempSync(join(tmpdir(), 'strongroom-secret-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const inFolder = (name: string) => join(root, name)
  return { path: inFolder('secret'), inFolder }
}

function watching(path: string) {
  let milliseconds = 0
  const events: Event[] = []
  const clock = { now: () => milliseconds / 1000, milliseconds: () => milliseconds }
  const telemetry = heard({ record: (event: Event) => void events.push(event) })
  const file = secretFile(path)
  const secrets = watchedSecrets(file.current(), file, telemetry, clock)
  onTestFinished(() => secrets.close())
  const advance = (by: number) => {
    milliseconds += by
  }
  const look = () => {
    advance(1000)
    return secrets.current()
  }
  return { secrets, events, advance, look }
}
