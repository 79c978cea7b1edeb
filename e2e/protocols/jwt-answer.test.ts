import { loginPath, routes } from '@strongroom/client'
import type { JWK } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { scriptedBrowser } from '../servers/scripted-browser.ts'
import { keyFile, newEncryptionKey, publicHalf } from './client-keys.ts'
import { configFolder } from './config-folder.ts'
import { protocolWorld, withClient } from './protocol-world.ts'

const patience = { timeout: 40_000 }

const grants = `{
  digest: { title: 'Digest', sentence: 'Reads your notes while you are away.', scopes: ['notes'] },
}`

test('an answer in a JWT signs in, and connects a grant (JARM)', patience, async () => {
  const world = await worldAnsweringInJwt(
    `{ provider: { responseMode: 'jwt' }, grants: ${grants} }`,
  )

  const begun = await world.send(loginPath('/'), { navigates: true })
  const answer = await answered(begun.location ?? '')
  const back = await world.signIn()
  const connected = await world.walk(`${routes.grants}/digest/connect?return_to=/`)
  const kept = await world.send(routes.grants)

  expect([...answer.keys()]).toEqual(['response'])
  expect(answer.get('response')?.split('.')).toHaveLength(3)
  expect(back.location).toBe('/')
  expect(connected.location).toBe('/')
  expect(kept.body).toMatchObject({ grants: [{ name: 'digest', state: 'connected' }] })
})

test.for(['ECDH-ES', 'RSA-OAEP-256'] as const)(
  'an answer in a JWT that is encrypted (%s) signs in',
  patience,
  async (algorithm) => {
    const key = await newEncryptionKey(algorithm)
    const world = await worldAnsweringInJwt(
      `{ provider: { responseMode: 'jwt', encryptedAnswers: ['authorization'] } }`,
      key,
    )

    const begun = await world.send(loginPath('/'), { navigates: true })
    const answer = await answered(begun.location ?? '')
    const back = await world.signIn()

    expect(answer.get('response')?.split('.')).toHaveLength(5)
    expect(back.location).toBe('/')
  },
)

test('a signed answer is refused where an encrypted one was agreed on', patience, async () => {
  const key = await newEncryptionKey('ECDH-ES')
  const world = await worldAnsweringInJwt(
    `{ provider: { responseMode: 'jwt', encryptedAnswers: ['authorization'] } }`,
    key,
    {},
  )

  await expect(world.signIn()).rejects.toThrow('The sign-in failed')
  await expect.poll(() => world.bff.output()).toContain('not encrypted')
  expect(await world.session()).toBeNull()
})

test(
  'nobody is sent to a provider that knows no such answers, and the log says why',
  patience,
  async () => {
    const settings = configFolder(`{ provider: { responseMode: 'jwt' } }`)
    const world = await protocolWorld({ settings, env: { LOG_LEVEL: 'info' } }, onTestFinished)

    const begun = await world.send(loginPath('/'), { navigates: true })

    expect(begun.location).toBeNull()
    await expect.poll(() => world.bff.output()).toContain('has no response_mode')
  },
)

/** What the provider answers to a request of which the browser has never heard. */
async function answered(location: string): Promise<URLSearchParams> {
  const url = new URL(location)
  const person = scriptedBrowser()
  let stop = await person.follow(location)
  while (stop.url.origin === url.origin) {
    const form = stop.page.includes('name="user"') ? { user: 'ada' } : { answer: 'yes' }
    stop = await person.follow(stop.url.href, form)
  }
  return stop.url.searchParams
}

async function worldAnsweringInJwt(config: string, key?: JWK, registered = registration(key)) {
  return protocolWorld(
    {
      settings: configFolder(config),
      configure: (configuration) =>
        withClient(
          {
            ...configuration,
            features: {
              ...configuration.features,
              encryption: { enabled: true },
              jwtResponseModes: { enabled: true },
            },
          },
          registered,
        ),
      env: {
        LOG_LEVEL: 'info',
        ...(key && { OIDC_CLIENT_KEY_FILE: keyFile([key], onTestFinished) }),
      },
    },
    onTestFinished,
  )
}

function registration(key: JWK | undefined): Record<string, unknown> {
  return key === undefined
    ? {}
    : {
        jwks: { keys: [publicHalf(key)] },
        authorization_encrypted_response_alg: key.alg,
        authorization_encrypted_response_enc: 'A256GCM',
      }
}
