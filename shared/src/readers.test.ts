import { expect, test } from 'vitest'
import { readLogoutAnswer, readSessionList, readSessionView } from './readers.ts'
import { logoutAnswerSchema, sessionListSchema, sessionViewSchema } from './schemas.ts'
import { ada } from './testing/stub-server.ts'

const list = {
  sessions: [
    { id: 'a', current: true, startedAt: 1, seenAt: 2, browser: null, device: null, address: null },
  ],
}

const logout = {
  location: '/',
  receipt: {
    session: 'ended',
    refreshToken: 'revoked',
    accessToken: 'queued',
    providerSession: 'unsupported',
  },
}

const answers: readonly [
  name: string,
  read: (json: unknown) => unknown,
  schema: { safeParse(json: unknown): { success: boolean } },
  json: object,
][] = [
  ['a session', readSessionView, sessionViewSchema, ada()],
  ['nobody', readSessionView, sessionViewSchema, { authenticated: false }],
  ['a list', readSessionList, sessionListSchema, list],
  ['a sign-out', readLogoutAnswer, logoutAnswerSchema, logout],
]

test.for(answers)('reads %s that the schema lets through', ([, read, schema, json]) => {
  expect(schema.safeParse(json).success).toBe(true)
  expect(read(json)).toEqual(json)
})

test.for(answers)(
  'of %s, takes nothing that lacks what a page would break without',
  ([, read, schema, json]) => {
    const broken = [...mutilated(json), null, [], 'text', 7, {}]

    const taken = broken.filter((each) => read(each) !== undefined)

    expect(broken.length).toBeGreaterThan(5)
    // What it takes all the same is optional, or a list that a page can show without.
    for (const each of taken) expect(lost(json, each)).toMatch(mayLack)
    expect(schema.safeParse(broken[0]).success).toBe(false)
  },
)

const mayLack =
  /^(token\.scopes(\.0)?|sessions\.0\.(browser|device|address)|receipt\.providerSession)$/

/** Copies that each lack one member, however deep, or have it as another type. */
function mutilated(json: object): object[] {
  return pathsOf(json).map((path) => without(structuredClone(json), path))
}

function pathsOf(json: object, above: readonly string[] = []): (readonly string[])[] {
  return Object.entries(json).flatMap(([name, value]: [string, unknown]) => {
    const path = [...above, name]
    const isLeaf = typeof value !== 'object' || value === null
    return isLeaf ? [path] : [path, ...pathsOf(value, path)]
  })
}

function without(json: object, path: readonly string[]): object {
  const [name = '', ...rest] = path
  if (rest.length === 0) Reflect.set(json, name, undefined)
  else without(Reflect.get(json, name) as object, rest)
  return json
}

function lost(json: object, broken: unknown): string {
  const missing = pathsOf(json).find(
    (path) => path.reduce<unknown>((at, name) => at && Reflect.get(at, name), broken) === undefined,
  )
  return missing?.join('.') ?? ''
}
