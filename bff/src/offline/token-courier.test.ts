import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Hono } from 'hono'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { createKeyRing } from '../base/key-ring.ts'
import { sealerFor } from '../base/sealer.ts'
import { sqliteStore } from '../keyvalue/sqlite-store.ts'
import type { Event } from '../observability/events.ts'
import { freshFolder, listen } from '../testing/own-process.ts'
import { secret } from '../testing/test-bff.ts'
import { tokenCourier } from './token-courier.ts'
import { heard } from '../testing/heard.ts'

const keyRing = createKeyRing([secret])
const { id, key } = keyRing.keys('grant').sealing
const courierKey = { id, secret: key.export().toString('base64url') }

function courierWorld(program?: string) {
  const file = join(freshFolder(), 'store.db')
  const events: Event[] = []
  const telemetry = heard({ record: (event: Event) => void events.push(event) })
  const courier = tokenCourier(`sqlite:${file}`, telemetry, program)
  onTestFinished(() => courier.close())
  const store = sqliteStore(file, systemClock)
  onTestFinished(() => store.close())
  return { courier, events, keyValue: store.keyValue }
}

function errandTo(url: string, slot: string) {
  return { slot, keepSeconds: 60, url, headers: { 'x-sent': 'yes' }, body: 'grant_type=x' }
}

test('brings the answer as it came, and has it in the store, sealed for its place', async () => {
  const { courier, keyValue } = courierWorld()
  const host = new Hono()
  host.post('/token', async (c) =>
    c.json({ sent: c.req.header('x-sent'), body: await c.req.text() }, 400),
  )
  const url = `${await listen(host)}/token`

  const asked = await courier.run(errandTo(url, 'grant-answer/one'), courierKey)

  const answer = { status: 400, body: '{"sent":"yes","body":"grant_type=x"}' }
  expect(asked).toMatchObject({ answer })
  const sealed = (await keyValue.get('grant-answer/one')) ?? ''
  expect(sealed).not.toContain('grant_type')
  expect(sealerFor(keyRing, 'grant').open(sealed, 'grant-answer/one')).toMatchObject(answer)
  expect(sealerFor(keyRing, 'grant').open(sealed, 'grant-answer/two')).toBeNull()
})

test('follows no redirect with what it carries', async () => {
  const { courier } = courierWorld()
  const host = new Hono()
  const seen: string[] = []
  host.post('/token', (c) => c.redirect('/elsewhere', 307))
  host.all('/elsewhere', (c) => {
    seen.push(c.req.path)
    return c.text('')
  })
  const url = `${await listen(host)}/token`

  const asked = await courier.run(errandTo(url, 'grant-answer/one'), courierKey)

  expect(asked).toMatchObject({ answer: { status: 307 } })
  expect(seen).toEqual([])
})

test('says that there was no answer where nobody listens', async () => {
  const { courier, keyValue } = courierWorld()

  const asked = await courier.run(
    errandTo('http://127.0.0.1:9/token', 'grant-answer/one'),
    courierKey,
  )

  expect(asked).toEqual({ failed: expect.stringMatching(/^TypeError/) })
  expect(await keyValue.get('grant-answer/one')).toBe('failed')
})

test('a courier whose program is not there is told of once, and not waited for', async () => {
  const { courier, events } = courierWorld(join(freshFolder(), 'nobody.js'))
  const errand = errandTo('http://127.0.0.1:9/token', 'grant-answer/one')

  expect(await courier.run(errand, courierKey)).toBeNull()
  expect(await courier.run(errand, courierKey)).toBeNull()

  expect(events.map(({ name }) => name)).toEqual(['courier-lost'])
})

test('a courier is handed none of the secrets that stand in the environment', async () => {
  const secrets = ['SESSION_SECRET', 'OIDC_CLIENT_SECRET', 'OIDC_CLIENT_KEY']
  for (const name of [...secrets, 'HTTPS_PROXY']) vi.stubEnv(name, 'something')
  onTestFinished(() => void vi.unstubAllEnvs())
  const program = join(freshFolder(), 'telling.mjs')
  const telling = `process.on('message', ({ id }) => id && process.send({ id, asked: { failed: Object.keys(process.env).join() } }))
process.on('disconnect', () => process.exit(0))
process.send('ready')`
  writeFileSync(program, telling)

  const asked = await courierWorld(program).courier.run(errandTo('', 'slot'), courierKey)

  const names = asked !== null && 'failed' in asked ? asked.failed.split(',') : []
  expect(names).toContain('HTTPS_PROXY')
  expect(names.filter((name) => secrets.includes(name))).toEqual([])
})
