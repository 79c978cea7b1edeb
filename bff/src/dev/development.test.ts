import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../testing/free-port.ts'
import { freshFolder } from '../testing/own-process.ts'
import { CannotStart } from './cannot-start.ts'
import { openDevelopment, type DevelopmentOptions } from './development.ts'

const ownProvider = {
  OIDC_ISSUER: 'http://127.0.0.1:9',
  OIDC_CLIENT_ID: 'app',
  OIDC_CLIENT_SECRET: 'the-secret-of-the-client',
  API_UPSTREAM: 'http://127.0.0.1:9',
  LOG_LEVEL: 'silent',
}

async function open(options: Partial<DevelopmentOptions> = {}) {
  const folder = freshFolder()
  const opened = await openDevelopment({
    folder,
    publicUrl: 'http://localhost:3000',
    env: ownProvider,
    ...options,
  })
  onTestFinished(async () => {
    await opened.demoProvider?.stop()
    await opened.close()
  })
  return { ...opened, folder }
}

test('a secret is made once, for its owner alone to read, and git leaves it out', async () => {
  const folder = freshFolder()
  const file = join(folder, '.strongroom/.env.development')

  await open({ folder })
  const first = readFileSync(file, 'utf8')
  await open({ folder })

  expect(first).toMatch(/^SESSION_SECRET=[\w-]{43}\n$/)
  expect(readFileSync(file, 'utf8')).toBe(first)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(folder, '.strongroom/.gitignore'), 'utf8')).toBe('*\n')
})

test('who has a secret needs no other', async () => {
  const { folder } = await open({
    env: { ...ownProvider, SESSION_SECRET: 'a secret that was there before and is long enough' },
  })

  expect(existsSync(join(folder, '.strongroom/.env.development'))).toBe(false)
})

test('without an issuer a provider comes along, whose tokens are for the audience that was asked for', async () => {
  const { demoProvider, issuer } = await open({
    env: { API_UPSTREAM: 'http://127.0.0.1:9', LOG_LEVEL: 'silent' },
    demoProvider: { port: 0, audience: 'my api' },
  })

  const discovery = await fetch(`${issuer}/.well-known/openid-configuration`)

  expect(demoProvider?.apiAudience).toBe('my api')
  expect(await discovery.json()).toMatchObject({ issuer })
})

test('a provider that was let go a moment ago is taken up again with what it knows', async () => {
  const options = { env: demo, demoProvider: { port: await freePort() } }

  const first = await open(options)
  const { clientSecret } = first.demoProvider ?? {}
  await first.demoProvider?.stop()
  const second = await open(options)

  expect(second.demoProvider?.clientSecret).toBe(clientSecret)
})

const demo = { API_UPSTREAM: 'http://127.0.0.1:9', LOG_LEVEL: 'silent' }

test('a port of the provider that is taken is told with the way out', async () => {
  const { issuer } = await open({ env: demo, demoProvider: { port: 0 } })
  const port = Number(new URL(issuer).port)

  await expect(open({ env: demo, demoProvider: { port } })).rejects.toThrow(
    `port ${port}, which is taken. Stop what uses it, or choose another: --provider-port`,
  )
})

test('wrong settings are told all at once, by where they were said', async () => {
  const folder = freshFolder()
  writeFileSync(join(folder, 'strongroom.config.mjs'), 'export default { upstreems: [] }')
  const env = { ...ownProvider, API_UPSTREAM: 'nonsense', SESSION_SECRET: 'short' }

  const opening = open({ folder, env })

  await expect(opening).rejects.toThrow(CannotStart)
  await expect(opening).rejects.toThrow(
    /config\.mjs upstreems[^]*API_UPSTREAM|API_UPSTREAM[^]*upstreems/,
  )
  await expect(opening).rejects.not.toThrow('short')
})
