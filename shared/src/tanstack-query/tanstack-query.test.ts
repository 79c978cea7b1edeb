import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { expect, onTestFinished, test } from 'vitest'
import { unwrap } from '../call-failure.ts'
import { createBffClient } from '../client.ts'
import { createSession } from '../session.ts'
import { ada, grace, problemAnswer, stubAddress, stubServer } from '../testing/stub-server.ts'
import { clearOnUserChange, retryUnanswered } from './index.ts'

async function world() {
  const server = stubServer()
  const bff = createBffClient({ baseUrl: stubAddress(), fetch: server.fetch })
  const session = createSession(bff)
  onTestFinished(() => session.close())
  const queries = new QueryClient({
    defaultOptions: { queries: { retry: retryUnanswered, retryDelay: 1, networkMode: 'always' } },
  })
  const stop = clearOnUserChange(queries, session)
  await expect.poll(() => session.getSnapshot().status).toBe('signed-in')
  const notes = {
    queryKey: ['notes'],
    queryFn: async () => unwrap(await bff.call('/api/notes', {}, (json) => json)),
  }
  return { bff, notes, queries, server, session, stop }
}

test('a query has what the API answered, and throws what it refused, at the first try', async () => {
  const { notes, queries, server } = await world()

  expect(await queries.fetchQuery(notes)).toEqual({ from: 'ada' })
  server.answers.push(problemAnswer('upstream_unreachable'))
  await expect(queries.fetchQuery(notes)).rejects.toMatchObject({
    failure: { kind: 'problem', problem: { code: 'upstream_unreachable' } },
  })
  expect(server.times('GET /api/notes')).toBe(2)
})

test('a query that got no answer is tried again, twice', async () => {
  const { notes, queries, server } = await world()
  server.isDown = true

  await expect(queries.fetchQuery(notes)).rejects.toMatchObject({
    failure: { kind: 'no-answer' },
  })

  expect(server.times('GET /api/notes')).toBe(3)
})

test('nothing of one user is left for the next', async () => {
  const { notes, queries, server, session } = await world()
  await queries.fetchQuery(notes)

  server.view = grace()
  await session.check()
  await session.acceptUser()

  expect(queries.getQueryData(['notes'])).toBeUndefined()
})

test('nothing is left after a sign-out, here or elsewhere', async () => {
  const { notes, queries, session } = await world()
  await queries.fetchQuery(notes)

  await session.signOut()

  expect(queries.getQueryData(['notes'])).toBeUndefined()
})

test('what a user sees is kept when the session ends by itself, for they may resume', async () => {
  const { notes, queries, server, session } = await world()
  const observer = new QueryObserver(queries, notes)
  onTestFinished(observer.subscribe(() => {}))
  await queries.fetchQuery(notes)

  server.view = null
  await session.check()
  server.view = ada({ startedAt: 5 })
  await session.check()

  expect(queries.getQueryData(['notes'])).toEqual({ from: 'ada' })
})

test('follows no more when told so', async () => {
  const { notes, queries, session, stop } = await world()
  await queries.fetchQuery(notes)

  stop()
  await session.signOut()

  expect(queries.getQueryData(['notes'])).toEqual({ from: 'ada' })
})
