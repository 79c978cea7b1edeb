import { routes } from '@strongroom/client'
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { boundWorld, demandsProofs } from './bound-world.ts'
import { configFolder } from './config-folder.ts'
import { addTokenExchange, exchangeGrant } from './exchange-grant.ts'
import { withClient } from './protocol-world.ts'

const patience = { timeout: 60_000 }
const files = 'urn:strongroom:files'

async function exchangingWorld(accessTokenSeconds: number) {
  const world = await boundWorld(onTestFinished, {
    accessTokenSeconds,
    configure: (configuration) =>
      withClient(demandsProofs(configuration), {
        grant_types: ['authorization_code', 'refresh_token', exchangeGrant],
      }),
    settings: configFolder(`{
      upstreams: [
        { prefix: '/api', target: process.env.API_UPSTREAM },
        { prefix: '/api/files', target: process.env.API_UPSTREAM, accessToken: { by: 'exchange', resource: '${files}' } },
      ],
    }`),
  })
  addTokenExchange(world.provider)
  const exchanges: string[] = []
  world.provider.inner.use(async (ctx, next) => {
    await next()
    const { error = 'granted' } = (ctx.body ?? {}) as { readonly error?: string }
    if (ctx.oidc.params?.['grant_type'] === exchangeGrant) exchanges.push(error)
  })
  return { ...world, exchanges }
}

test(
  'a token for one API is exchanged with a proof, and bound to the key of the session',
  patience,
  async () => {
    const world = await exchangingWorld(600)
    await world.signIn()

    const answers = [
      await world.send(`${routes.api}/notes`),
      await world.send(`${routes.api}/files/x`),
      await world.send(`${routes.api}/files/y`),
      await world.send(`${routes.api}/notes`),
    ]

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const taken = world.boundApi.calls.filter(({ refusal }) => refusal === null)
    const claims = taken.map(({ authorization }) => decodeJwt(authorization.slice('DPoP '.length)))
    const { apiAudience } = world.provider
    expect(claims.map(({ aud }) => aud)).toEqual([apiAudience, files, files, apiAudience])
    expect(claims.map(({ sub }) => sub)).toEqual(['ada', 'ada', 'ada', 'ada'])
    const [key] = taken.map(({ thumbprint }) => thumbprint)
    expect(claims.map(({ cnf }) => cnf)).toEqual(claims.map(() => ({ jkt: key })))
    expect(world.exchanges).toEqual(['granted'])
  },
)

test(
  'after a refresh it is exchanged anew, with the same key, and a sign-out revokes it along',
  patience,
  async () => {
    const world = await exchangingWorld(6)
    await world.signIn()
    await world.send(`${routes.api}/files/x`)

    await world.untilExpired()
    const renewed = await world.send(`${routes.api}/files/y`)
    await world.send(routes.logout, { method: 'POST' })

    const taken = world.boundApi.calls.filter(({ refusal }) => refusal === null)
    const [first, second] = taken.map(({ authorization }) => authorization.slice('DPoP '.length))
    expect(renewed.status).toBe(200)
    expect(second).not.toBe(first)
    expect(new Set(taken.map(({ thumbprint }) => thumbprint)).size).toBe(1)
    expect(world.exchanges).toEqual(['granted', 'granted'])
    expect(await world.provider.inner.accessTokens.active(second ?? '')).toBeNull()
  },
)
