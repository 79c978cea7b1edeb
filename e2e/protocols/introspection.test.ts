import { request } from 'node:http'
import { routes, type SignedInView } from '@strongroom/client'
import { sessionViewSchema } from '@strongroom/client/schemas'
import type { Configuration } from 'oidc-provider'
import { expect, onTestFinished, test } from 'vitest'
import { providerControl } from '../servers/provider-control.ts'
import { configFolder } from './config-folder.ts'
import { protocolWorld, withClient, type ProtocolWorld } from './protocol-world.ts'
import { userinfoAlone } from './userinfo-provider.ts'

const patience = { timeout: 40_000 }
const everySeconds = 2

const notes = ({ send }: ProtocolWorld) => send(`${routes.api}/notes`)

async function check({ send }: ProtocolWorld) {
  return sessionViewSchema.parse((await send(`${routes.session}?check=provider`)).body)
}

test(
  'a token that is revoked at the provider ends the session within the configured seconds',
  patience,
  async () => {
    const env = { OIDC_INTROSPECTION: String(everySeconds), LOG_LEVEL: 'info' }
    const world = await protocolWorld({ env }, onTestFinished)
    const control = providerControl(world.provider)
    await world.signIn()
    const before = await notes(world)
    const { expiresAt } = (await world.session())?.token ?? { expiresAt: 0 }

    await control.revoke({ sub: 'ada' })
    const revokedAt = Date.now()
    let call = await notes(world)
    while (call.status === 200) call = await notes(world)
    const seconds = (Date.now() - revokedAt) / 1000

    expect(before.status).toBe(200)
    expect(call.body).toMatchObject({ code: 'session_ended', reason: 'token-revoked' })
    expect(seconds).toBeLessThan(everySeconds + 1)
    expect(Date.now() / 1000).toBeLessThan(expiresAt)
    expect(await world.session()).toBeNull()
    await expect.poll(() => world.bff.output()).toContain('"end":"token-revoked"')
  },
)

test('a page that only listens hears of a token that was revoked', patience, async () => {
  const env = { OIDC_INTROSPECTION: '1' }
  const world = await protocolWorld({ env }, onTestFinished)
  const control = providerControl(world.provider)
  await world.signIn()
  const heard = listen(world)
  await expect.poll(heard).toContain('retry:')

  await control.revoke({ sub: 'ada' })

  await expect.poll(heard, { timeout: 8000 }).toContain('"reason":"token-revoked"')
})

/** @returns all that came on `/auth/events` by then */
function listen({ browser, publicUrl }: ProtocolWorld): () => string {
  const { host, port } = new URL(publicUrl)
  const headers = { host, cookie: browser.jar.header(), 'sec-fetch-site': 'same-origin' }
  let heard = ''
  const listening = request({ host: '127.0.0.1', port, path: routes.events, headers }, (answer) => {
    answer.setEncoding('utf8').on('data', (piece: string) => {
      heard += piece
    })
    answer.on('error', () => {})
  })
  listening.on('error', () => {})
  listening.end()
  onTestFinished(() => void listening.destroy())
  return () => heard
}

test('by default nobody is asked, until somebody asks on demand', patience, async () => {
  const world = await protocolWorld({}, onTestFinished)
  const control = providerControl(world.provider)
  await world.signIn()
  await control.revoke({ sub: 'ada' })

  expect((await world.session())?.session.state).toBe('active')
  expect(await check(world)).toMatchObject({ authenticated: false, check: { state: 'inactive' } })
})

test(
  'a session that is restored after a restart is asked about before its first call',
  patience,
  async () => {
    const env = { OIDC_INTROSPECTION: 'restore' }
    const world = await protocolWorld({ env }, onTestFinished)
    const control = providerControl(world.provider)
    await world.signIn()
    const before = await notes(world)
    await control.revoke({ sub: 'ada' })
    const seen = await world.session()

    await world.bff.restart()
    const restored = await notes(world)

    expect(before.status).toBe(200)
    expect(seen).not.toBeNull()
    expect(restored.body).toMatchObject({ code: 'session_ended', reason: 'token-revoked' })
  },
)

test('the provider is asked on demand, and says when', patience, async () => {
  const world = await protocolWorld({}, onTestFinished)
  await world.signIn()

  const asked = await check(world)

  expect(asked).toMatchObject({ authenticated: true, check: { state: 'active' } })
  expect(asked.check?.askedAt).toBeGreaterThan(Date.now() / 1000 - 10)
})

const userinfoSettings = () =>
  configFolder(`{ provider: { introspection: ${everySeconds}, introspectByUserinfo: true } }`)

test(
  'userinfo serves for the check at a provider without introspection, and tells of the user anew',
  patience,
  async () => {
    const names = { ada: 'Ada Lovelace' }
    const world = await protocolWorld(
      {
        configure: (configuration) => withNames(userinfoAlone(configuration), names),
        settings: userinfoSettings(),
        env: { OIDC_SCOPE: 'openid profile offline_access' },
      },
      onTestFinished,
    )
    await world.signIn()
    const before = await world.session()
    names.ada = 'Ada King'

    const asked = await check(world)
    const after = await world.session()
    await world.provider.inner.store.adapter('AccessToken').revokeByGrantId(grantOf(world))
    const over = await check(world)

    expect(before?.user.name).toBe('Ada Lovelace')
    expect(asked).toMatchObject({ check: { state: 'active' }, user: { name: 'Ada King' } })
    expect(after?.user.name).toBe('Ada King')
    expect(over).toMatchObject({ authenticated: false, check: { state: 'inactive' } })
  },
)

test('signed userinfo is read, and told of anew after each refresh', patience, async () => {
  const names = { ada: 'Ada Lovelace' }
  const world = await protocolWorld(
    {
      accessTokenSeconds: 3,
      configure: (configuration) => signingUserinfo(withNames(userinfoAlone(configuration), names)),
      settings: configFolder(`{ provider: { userinfo: 'after-refresh' } }`),
      env: { OIDC_SCOPE: 'openid profile offline_access' },
    },
    onTestFinished,
  )
  await world.signIn()
  const before = (await world.session()) as SignedInView
  names.ada = 'Ada King'
  await expect
    .poll(() => Date.now() / 1000, { timeout: 6000 })
    .toBeGreaterThan(before.token.expiresAt)

  await notes(world)
  const after = await world.session()

  expect(before.user.name).toBe('Ada Lovelace')
  expect(after).toMatchObject({ user: { name: 'Ada King' }, token: { refreshCount: 1 } })
})

function grantOf({ provider }: ProtocolWorld): string {
  const [record] = provider.inner.store.records('AccessToken')
  return record?.payload.grantId ?? ''
}

function withNames(configuration: Configuration, names: { readonly ada: string }): Configuration {
  return {
    ...configuration,
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, name: names.ada, preferred_username: sub }),
    }),
  }
}

function signingUserinfo(configuration: Configuration): Configuration {
  const features = { ...configuration.features, jwtUserinfo: { enabled: true } }
  return withClient({ ...configuration, features }, { userinfo_signed_response_alg: 'RS256' })
}
