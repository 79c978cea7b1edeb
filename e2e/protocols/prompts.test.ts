import { initiateLoginPath, loginPath, type LoginParameter } from '@strongroom/client'
import { interactionPolicy, type Configuration } from 'oidc-provider'
import { expect, onTestFinished, test } from 'vitest'
import type { DemoWorldOptions } from '../servers/demo-world.ts'
import { scriptedBrowser } from '../servers/scripted-browser.ts'
import { protocolWorld } from './protocol-world.ts'

const patience = { timeout: 40_000 }

/** A world whose provider tells what it has asked people for. */
async function promptingWorld(options: DemoWorldOptions = {}) {
  const world = await protocolWorld({ configure: withMorePrompts, ...options }, onTestFinished)
  const person = scriptedBrowser()
  const asked: string[] = []
  const received: Record<string, unknown>[] = []
  world.provider.inner.oidc.on('interaction.started', (ctx, { name }) => {
    asked.push(name)
    received.push({ ...ctx.oidc.params })
  })
  return {
    ...world,
    asked,
    received,
    signIn: (parameters: Partial<Record<LoginParameter | 'tell_problem', string>> = {}) =>
      world.signIn(parameters, person),
  }
}

/** Those that oidc-provider leaves to whoever runs it. */
function withMorePrompts(configuration: Configuration): Configuration {
  const policy = interactionPolicy.base()
  policy.add(new interactionPolicy.Prompt({ name: 'create', requestable: true }), 0)
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0)
  const { interactions } = configuration
  return { ...configuration, interactions: { ...interactions, policy } }
}

test(
  'prompt=none signs in who is signed in at the provider, and asks nobody',
  patience,
  async () => {
    const world = await promptingWorld()
    await world.signIn()
    world.browser.jar.apply(['__Host-Http-strongroom=; Max-Age=0; Path=/; Secure'])
    world.asked.length = 0

    const back = await world.signIn({ prompt: 'none' })

    expect(back.location).toBe('/')
    expect(world.asked).toEqual([])
    expect(await world.session()).not.toBeNull()
  },
)

test(
  'prompt=none leads back signed out where the provider would have to ask',
  patience,
  async () => {
    const world = await promptingWorld()

    const quiet = await world.signIn({ prompt: 'none' })
    const told = await world.signIn({ prompt: 'none', tell_problem: '1' })

    expect([quiet.location, told.location]).toEqual(['/', '/?problem=sign_in_required'])
    expect(world.asked).toEqual([])
    expect(await world.session()).toBeNull()
  },
)

test.for(['login', 'consent', 'select_account', 'create'])(
  'prompt=%s has the provider ask who would not have been asked',
  patience,
  async (prompt) => {
    const world = await promptingWorld()
    await world.signIn()
    world.asked.length = 0

    const back = await world.signIn({ prompt })

    expect(back.location).toBe('/')
    expect(world.asked[0]).toBe(prompt)
    expect(await world.session()).not.toBeNull()
  },
)

test(
  'max_age has the provider ask who signed in longer ago, and no one else',
  patience,
  async () => {
    const world = await promptingWorld()
    await world.signIn()
    world.asked.length = 0

    await world.signIn({ max_age: '300' })
    const asked = [...world.asked]
    for (const { payload } of world.provider.inner.store.records('Session'))
      payload.loginTs = (payload.loginTs ?? 0) - 600
    await world.signIn({ max_age: '300' })

    expect(asked).toEqual([])
    expect(world.asked).toEqual(['login'])
    const authTime = (await world.session())?.session.authTime ?? 0
    expect(Date.now() / 1000 - authTime).toBeLessThan(60)
  },
)

test('login_hint, ui_locales and acr_values arrive as they were said', patience, async () => {
  const world = await promptingWorld({
    configure: (configuration) => ({ ...configuration, acrValues: ['gold'] }),
  })
  const said = { login_hint: 'ada@example.com', ui_locales: 'de-CH fr', acr_values: 'gold' }

  const back = await world.signIn(said)

  expect(back.location).toBe('/')
  expect(world.received[0]).toMatchObject(said)
})

test('a sign-in that the provider begins ends in the app', patience, async () => {
  const world = await promptingWorld()
  const query = new URLSearchParams({
    iss: world.provider.issuer,
    login_hint: 'ada',
    target_link_uri: `${world.publicUrl}/notes`,
  })

  const sent = await world.send(`${initiateLoginPath}?${query.toString()}`, { navigates: true })
  const begun = await world.send(sent.location ?? '', { navigates: true })
  const person = scriptedBrowser()
  let stop = await person.follow(begun.location ?? '')
  stop = await person.follow(stop.url.href, { user: 'ada' })
  stop = await person.follow(stop.url.href, { answer: 'yes' })
  const back = await world.send(stop.url.pathname + stop.url.search, { navigates: true })

  expect(sent.location).toBe(loginPath('/notes', { login_hint: 'ada' }))
  expect(world.received[0]).toMatchObject({ login_hint: 'ada' })
  expect(back.location).toBe('/notes')
  expect(await world.session()).not.toBeNull()
})
