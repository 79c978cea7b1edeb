import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { issuer, publicUrl, testBff, type TestBff } from '../testing/test-bff.ts'

/** Somebody whose ID token alone is longer than a URL should be. */
async function withLongIdToken(metadata: Record<string, unknown> = {}): Promise<TestBff> {
  const world = await testBff()
  world.provider.metadata = metadata
  world.provider.idTokenClaims = { groups: Array.from({ length: 120 }, (_, n) => `group-${n}`) }
  await world.browser.navigate('/auth/login')
  return world
}

const ofOurPage = {
  'X-CSRF': '',
  'Content-Type': 'application/x-www-form-urlencoded',
  Origin: publicUrl,
} as const

const navigates = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' } as const

function signOut({ browser }: TestBff, headers: Record<string, string>): Promise<Response> {
  return browser.fetch('/auth/logout', { method: 'POST', headers: { ...ofOurPage, ...headers } })
}

function fieldsOf(page: string): Record<string, string> {
  const inputs = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, value]))
}

test('what is too long for a URL is posted to the provider by a page', async () => {
  const world = await withLongIdToken()

  const answer = await signOut(world, navigates)
  const page = await answer.text()

  expect(answer.status).toBe(200)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  expect(page).toContain(`<form method="post" action="${issuer}/end-session">`)
  expect(fieldsOf(page)).toEqual({
    client_id: 'app',
    id_token_hint: expect.stringMatching(/^eyJ.{1500,}/) as string,
    post_logout_redirect_uri: `${publicUrl}/`,
    state: expect.stringMatching(/^signed-out\./) as string,
  })
})

test('the page’s one script and one style are allowed by their hashes, and its form may go to the provider', async () => {
  const world = await withLongIdToken({ end_session_endpoint: 'https://out.example.net/end?p=x' })

  const answer = await signOut(world, navigates)
  const page = await answer.text()

  const policy = answer.headers.get('Content-Security-Policy') ?? ''
  for (const tag of ['script', 'style']) {
    const text = new RegExp(`<${tag}>(.*)</${tag}>`, 's').exec(page)?.[1] ?? ''
    const hash = createHash('sha256').update(text).digest('base64')
    expect(policy).toContain(`${tag}-src 'sha256-${hash}'`)
  }
  expect(policy).toContain(`form-action https://out.example.net ${publicUrl};`)
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe')
  expect(page).toContain('action="https://out.example.net/end?p=x"')
})

test('the page is shut off from the app’s own script, for it holds the ID token', async () => {
  const world = await withLongIdToken()

  const { headers } = await signOut(world, navigates)

  expect(headers.get('Content-Security-Policy')).toMatch(/^sandbox allow-forms allow-scripts;/)
})

test.for([
  ['a script that fetches', { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }],
  ['a frame', { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' }],
] as const)('%s gets no page with a token in it', async ([, headers]) => {
  const world = await withLongIdToken()

  const answer = await signOut(world, headers)

  expect(answer.status).toBe(303)
  expect(answer.headers.get('Location')).not.toContain('id_token_hint')
  expect(await answer.text()).not.toContain('eyJ')
})

test('script gets no token, however long it is', async () => {
  const world = await withLongIdToken()

  const answer = await world.browser.fetch('/auth/logout', { method: 'POST' })

  expect(answer.status).toBe(200)
  expect(await answer.text()).not.toContain('eyJ')
})

test('the app’s policy lets a form go on to the end-session endpoint as soon as that is known', async () => {
  const world = await testBff()
  world.provider.metadata = { end_session_endpoint: 'https://out.example.net/end' }
  const policyOf = async () =>
    /form-action ([^;]+)/.exec(
      (await world.browser.fetch('/healthz')).headers.get('Content-Security-Policy') ?? '',
    )?.[1]

  const before = await policyOf()
  await world.browser.navigate('/auth/login')
  const after = await policyOf()

  expect(before).toBe(`'self' ${issuer}`)
  expect(after).toBe(`'self' ${issuer} https://out.example.net`)
})
