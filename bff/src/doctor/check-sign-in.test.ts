import { expect, test } from 'vitest'
import { followed } from '../testing/link-follower.ts'
import { examined, healthy } from '../testing/examined.ts'
import type { RealProviderOptions } from '../testing/real-provider.ts'
import { checkSignIn } from './check-sign-in.ts'

/** Signs in as a person would who opens the printed link. */
async function signedIn(options: Partial<RealProviderOptions> = {}) {
  const { env } = await healthy(options)
  const secrets: string[] = []
  const said: string[] = []
  const check = checkSignIn((text) => {
    said.push(text)
    const [link] = /http\S+/.exec(text) ?? []
    if (link?.includes('/auth?')) void comeBack(link, env['PUBLIC_URL'] ?? '', secrets)
  })
  const result = await examined(env, { more: [check], secrets })
  // What was said before the answer came, too.
  for (const secret of secrets) expect(said.join('')).not.toContain(secret)
  return { ...result, said: said.join(''), secrets }
}

async function comeBack(link: string, app: string, secrets: string[]): Promise<void> {
  const end = await followed(link, app)
  secrets.push(end.searchParams.get('code') ?? '')
  await fetch(end)
}

const scopes = 'openid profile email offline_access'.split(' ')

test('a sign-in with rotation tells that, and leaves nothing behind', async () => {
  const { of, said, secrets } = await signedIn({ configuration: { scopes } })

  expect(secrets).toHaveLength(1)
  expect(of('sign-in')?.level).toBe('ok')
  expect(of('sign-in.cookie')?.text).toMatch(/take \d+ bytes/)
  expect(of('sign-in.lifetime')?.text).toBe('Access tokens live 3600 s.')
  expect(of('sign-in.refresh')?.level).toBe('ok')
  expect(of('sign-in.rotation')?.level).toBe('ok')
  expect(of('sign-in.reuse')?.text).toContain('its successors with it')
  expect(of('sign-in.revocation')?.level).toBe('ok')
  expect(said).toContain('To sign out at the provider, open:')
})

test('a provider that does not rotate, and revokes', async () => {
  const { of } = await signedIn({ configuration: { scopes, rotateRefreshToken: false } })

  expect(of('sign-in.rotation')?.level).toBe('note')
  expect(of('sign-in.reuse')).toBeUndefined()
  expect(of('sign-in.revocation')?.text).toContain('A revoked refresh token is refused')
})

test('a provider that gives no refresh token', async () => {
  const { of } = await signedIn({ configuration: { scopes, issueRefreshToken: () => false } })

  expect(of('sign-in.refresh')).toMatchObject({
    level: 'warning',
    cure: expect.stringContaining('offline_access'),
  })
})

test('access tokens that live for a day, and ID tokens as large as a book', async () => {
  const { of } = await signedIn({
    configuration: {
      scopes,
      conformIdTokenClaims: false,
      claims: { openid: ['sub', 'book'] },
      findAccount: (_ctx, sub) => ({
        accountId: sub,
        claims: () => ({ sub, book: 'x'.repeat(8000) }),
      }),
      ttl: { AccessToken: 86_400 },
    },
  })

  expect(of('sign-in.lifetime')).toMatchObject({ level: 'warning' })
  expect(of('sign-in.cookie')).toMatchObject({
    level: 'warning',
    cure: expect.stringContaining('SESSION_MODE=server'),
  })
})
