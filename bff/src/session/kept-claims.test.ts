import { expect, test } from 'vitest'
import { createBff } from '../create-bff.ts'
import { InvalidOptions } from '../options/invalid-options.ts'
import { hostileTestBff } from '../testing/hostile-test-bff.ts'
import { baseOptions, testBff, type TestBff } from '../testing/test-bff.ts'

async function userOf({ browser }: Pick<TestBff, 'browser'>): Promise<unknown> {
  const view = (await (await browser.fetch('/auth/session')).json()) as { readonly user: unknown }
  return view.user
}

const session = (...claims: string[]) => ({ session: { ...baseOptions.session, claims } })

test('a session keeps the claims that are named, in the place of all others', async () => {
  const world = await testBff(session('email', 'roles', 'department', 'absent'))
  world.provider.idTokenClaims = {
    name: 'Ada',
    email: 'ada@example.com',
    roles: ['admin'],
    department: null,
    secret: 'of the ID token',
  }

  await world.browser.navigate('/auth/login')

  expect(await userOf(world)).toEqual({ sub: 'ada', email: 'ada@example.com', roles: ['admin'] })
})

test('a claim that the standard knows keeps its type, whoever names it', async () => {
  const world = await testBff(session('email', 'email_verified'))
  world.provider.idTokenClaims = { email: ['ada@example.com'], email_verified: 'true' }

  await world.browser.navigate('/auth/login')

  expect(await userOf(world)).toEqual({ sub: 'ada' })
})

test('a claim that is named and that the ID token lacks is fetched from userinfo', async () => {
  const world = await hostileTestBff({}, session('name', 'groups'))
  world.provider.userinfoClaims = { groups: ['staff'] }

  await world.signIn()

  expect(await userOf(world)).toMatchObject({ groups: ['staff'] })
})

test.for(['sid', 'nonce', '_claim_sources', 'sub'])(
  '%s is no claim for a page, and is refused among the options',
  (name) => {
    const create = () => createBff({ ...baseOptions, ...session('name', name) })

    expect(create).toThrow(InvalidOptions)
    expect(create).toThrow(new RegExp(`names ${name}, which is about the sign-in`))
  },
)
