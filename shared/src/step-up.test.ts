import { expect, onTestFinished, test, vi } from 'vitest'
import { createBffClient } from './client.ts'
import { problem } from './problems.ts'
import { finishResume } from './resume.ts'
import { createSession } from './session.ts'
import { createStepUp } from './step-up.ts'
import { ada, grace, stubAddress, stubServer } from './testing/stub-server.ts'

/** A page whose session is known, and something that would show a dialog. */
async function page(listens = true) {
  const server = stubServer(ada())
  const baseUrl = stubAddress()
  const session = createSession(createBffClient({ baseUrl, fetch: server.fetch }))
  onTestFinished(() => session.close())
  const stepUp = createStepUp(session)
  onTestFinished(() => stepUp.cancel())
  if (listens) stepUp.subscribe(() => {})
  session.subscribe(() => {})
  await expect.poll(() => session.getSnapshot().status).toBe('signed-in')
  const demand = (members: object = { max_age: 300 }) =>
    server.answers.push(
      Response.json({ ...problem('step_up_required'), ...members }, { status: 401 }),
    )
  const save = (init = {}) =>
    session.client.call('/api/notes', { method: 'POST', body: 'x', ...init }, (json) => json)
  const waits = async () => {
    await expect.poll(() => stepUp.getSnapshot()).toMatchObject({ waiting: 1 })
  }
  return { server, baseUrl, session, stepUp, demand, save, waits }
}

const refused = { ok: false, error: { problem: { code: 'step_up_required' } } }

test('a call waits until the same user has signed in anew, and is sent once more', async () => {
  const { server, session, stepUp, demand, save, waits } = await page()
  demand({ acr_values: 'gold', max_age: 0 })

  const call = save()
  await waits()
  const shown = stepUp.getSnapshot()
  server.view = ada({ startedAt: 5 })
  await session.check()

  expect(shown?.parameters).toEqual({ acr_values: 'gold', max_age: '0' })
  expect(await call).toEqual({ ok: true, value: { from: 'ada' } })
  expect(server.times('POST /api/notes')).toBe(2)
  expect(stepUp.getSnapshot()).toBeNull()
})

test('the sign-in that is opened asks for what the call demands', async () => {
  const { stepUp, demand, save, waits } = await page()
  const open = vi.fn<(path: string) => boolean>(() => false)
  demand({ acr_values: 'gold silver', max_age: 60 })
  void save()
  await waits()

  const opened = stepUp.open({ open })

  expect(opened).toBe(false)
  expect(open.mock.calls[0]?.[0]).toBe(stepUp.path())
  expect(stepUp.path()).toMatch(
    /\/auth\/login\?return_to=%2Fsigned-in&acr_values=gold\+silver&max_age=60$/,
  )
})

const pairs: readonly [string, object, object, object][] = [
  ['the shorter age', { max_age: 60 }, { max_age: 300 }, { max_age: '60' }],
  ['the shorter age, last', { max_age: 300 }, { max_age: 0 }, { max_age: '0' }],
  [
    'what the other says nothing of',
    { acr_values: 'gold' },
    { max_age: 300 },
    { acr_values: 'gold', max_age: '300' },
  ],
  [
    'the values in common',
    { acr_values: 'silver gold' },
    { acr_values: 'gold platinum' },
    { acr_values: 'gold' },
  ],
  [
    'the newest values, where none does for both,',
    { acr_values: 'silver' },
    { acr_values: 'gold' },
    { acr_values: 'gold' },
  ],
]

test.for(pairs)('of two calls that wait, %s is asked for', async ([, one, other, both]) => {
  const { server, session, stepUp, demand, save, waits } = await page()
  demand(one)
  const calls = [save()]
  await waits()
  demand(other)
  calls.push(save())
  await expect.poll(() => stepUp.getSnapshot()).toEqual({ waiting: 2, parameters: both })

  server.view = ada({ startedAt: 5 })
  await session.check()

  expect(await Promise.all(calls)).toMatchObject([{ ok: true }, { ok: true }])
  demand({ max_age: 900 })
  void save()
  await expect.poll(() => stepUp.getSnapshot()?.parameters).toEqual({ max_age: '900' })
})

test('a sign-in that was not enough is not asked for again', async () => {
  const { server, session, demand, save, waits } = await page()
  demand()
  const call = save()
  await waits()

  demand()
  server.view = ada({ startedAt: 5 })
  await session.check()

  expect(await call).toMatchObject(refused)
  expect(server.times('POST /api/notes')).toBe(2)
})

test('who cancels has the call fail with its problem', async () => {
  const { server, stepUp, demand, save, waits } = await page()
  demand()
  const call = save()
  await waits()

  stepUp.cancel()

  expect(await call).toMatchObject(refused)
  expect(server.times('POST /api/notes')).toBe(1)
})

test('who cancels at the provider, and so comes back to the same session, too', async () => {
  const { baseUrl, demand, save, waits } = await page()
  demand()
  const call = save()
  await waits()

  finishResume(baseUrl)

  expect(await call).toMatchObject(refused)
})

test('the page that ends a sign-in beside this one lets the call go on', async () => {
  const { server, baseUrl, demand, save, waits } = await page()
  demand()
  const call = save()
  await waits()

  server.view = ada({ startedAt: 5 })
  finishResume(baseUrl)

  expect(await call).toMatchObject({ ok: true })
})

test('nothing is sent for somebody else who signs in there', async () => {
  const { server, session, demand, save, waits } = await page()
  demand()
  const call = save()
  await waits()

  server.view = grace()
  await session.check()

  expect(await call).toMatchObject({ ok: false, error: { kind: 'user-changed' } })
  expect(server.times('POST /api/notes')).toBe(1)
})

test('a look that crosses the sign-in, when the old session is over already, gives no call up', async () => {
  const { server, baseUrl, session, demand, save, waits } = await page()
  demand()
  const call = save()
  await waits()

  server.view = null
  const crossed = await session.check()
  server.view = ada({ startedAt: 5 })
  finishResume(baseUrl)

  expect(crossed.status).toBe('ended')
  expect(await call).toMatchObject({ ok: true })
  expect(server.times('POST /api/notes')).toBe(2)
})

test('a session that ends meanwhile leaves no call waiting', async () => {
  const { server, session, demand, save, waits } = await page()
  demand()
  const call = save()
  await waits()

  server.view = null
  await session.check()

  expect(await call).toMatchObject(refused)
})

test('a call that is given up waits no longer', async () => {
  const { stepUp, demand, save, waits } = await page()
  const left = new AbortController()
  demand()
  const call = save({ signal: left.signal })
  await waits()

  left.abort()

  expect(await call).toMatchObject({ ok: false, error: { kind: 'no-answer' } })
  expect(stepUp.getSnapshot()).toBeNull()
})

test.for([
  ['while nobody listens', false, {}],
  ['in the background', true, { background: true }],
  ['whose body is gone', true, { body: new ReadableStream(), duplex: 'half' }],
] as const)('a call %s does not wait', async ([, listens, init]) => {
  const { demand, save } = await page(listens)
  demand()

  expect(await save(init)).toMatchObject(refused)
})

test('a call that sets out before the session is known waits as well', async () => {
  const server = stubServer(ada())
  const session = createSession(createBffClient({ baseUrl: stubAddress(), fetch: server.fetch }))
  onTestFinished(() => session.close())
  const stepUp = createStepUp(session)
  stepUp.subscribe(() => {})
  server.answers.push(Response.json(problem('step_up_required'), { status: 401 }))

  const call = session.client.fetch('/api/notes')
  await expect.poll(() => stepUp.getSnapshot()).toEqual({ waiting: 1, parameters: {} })
  stepUp.cancel()

  expect((await call).status).toBe(401)
})
