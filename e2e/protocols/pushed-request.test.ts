import { loginPath } from '@strongroom/client'
import { expect, onTestFinished, test } from 'vitest'
import type { DemoWorldOptions } from '../servers/demo-world.ts'
import { configFolder } from './config-folder.ts'
import { protocolWorld } from './protocol-world.ts'

const patience = { timeout: 40_000 }

const required: DemoWorldOptions = {
  configure: (configuration) => ({
    ...configuration,
    features: {
      ...configuration.features,
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    },
  }),
}

test(
  'a provider that requires pushed requests gets one, and the browser carries a reference alone',
  patience,
  async () => {
    const world = await protocolWorld(required, onTestFinished)

    const begun = await world.send(loginPath('/'), { navigates: true })
    const asked = new URL(begun.location ?? '').searchParams
    const back = await world.signIn()

    expect([...asked.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
    expect(back.location).toBe('/')
    expect(await world.session()).not.toBeNull()
  },
)

test(
  'a request that is refused before anybody is asked is told as a fault of the settings',
  patience,
  async () => {
    const env = { OIDC_AUTHORIZE_PARAMS: 'resource=https://nobody.example.com', LOG_LEVEL: 'info' }
    const world = await protocolWorld({ ...required, env }, onTestFinished)

    const begun = await world.send(loginPath('/'), { navigates: true })

    expect(begun.location).toBeNull()
    await expect.poll(world.bff.output).toContain('"kind":"client-refused"')
    expect(world.bff.output()).toContain('invalid_target')
  },
)

test('where it is offered and not required it may be left out', patience, async () => {
  const settings = configFolder(`{ provider: { pushedRequests: 'when-required' } }`)
  const world = await protocolWorld({ settings }, onTestFinished)

  const begun = await world.send(loginPath('/'), { navigates: true })

  expect([...new URL(begun.location ?? '').searchParams.keys()]).toContain('code_challenge')
})
