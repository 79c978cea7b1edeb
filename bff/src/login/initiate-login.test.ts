import { expect, test } from 'vitest'
import { issuer, publicUrl, testBff } from '../testing/test-bff.ts'

const path = '/auth/login/initiate'

function asked(parameters: Record<string, string>): string {
  return `${path}?${new URLSearchParams(parameters).toString()}`
}

test('a sign-in that the provider begins ends where it says, for whom it says', async () => {
  const { browser } = await testBff()
  const link = asked({
    iss: issuer,
    login_hint: 'ada@example.com',
    target_link_uri: `${publicUrl}/notes/7?x=1`,
  })

  const asking = await browser.navigate(link, { until: /\/authorize/ })
  const arrival = await browser.navigate(link)

  expect(asking.url.searchParams.get('login_hint')).toBe('ada@example.com')
  expect(arrival.url.href).toBe(`${publicUrl}/notes/7?x=1`)
  expect(await (await browser.fetch('/auth/session')).json()).toMatchObject({ authenticated: true })
})

test('by a form as well', async () => {
  const { bff } = await testBff()

  const answer = await bff.app.request(publicUrl + path, {
    method: 'POST',
    headers: { Origin: issuer, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' },
    body: new URLSearchParams({ iss: issuer, target_link_uri: '/notes' }),
  })

  expect(answer.status).toBe(303)
  expect(answer.headers.get('location')).toBe('/auth/login?return_to=%2Fnotes')
  expect(answer.headers.getSetCookie()).toEqual([])
})

test.for([
  ['another issuer', { iss: 'https://evil.example' }],
  ['one that begins alike', { iss: `${issuer}.evil.example` }],
  ['one with a slash more', { iss: `${issuer}/` }],
  ['no issuer', {}],
] as const)('in the name of %s nothing is begun', async ([, parameters]) => {
  const { browser, eventsNamed } = await testBff()

  const { response, url } = await browser.navigate(asked(parameters))

  expect(url.origin).toBe(publicUrl)
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('could not be trusted')
  expect(browser.setCookies).toEqual([])
  expect(eventsNamed('sign-in-failed')).toMatchObject([
    { kind: 'sign-in-invalid', detail: expect.stringContaining('another issuer') as string },
  ])
})

test('in the name of two issuers nothing is begun', async () => {
  const { browser } = await testBff()

  const { response } = await browser.navigate(`${asked({ iss: issuer })}&iss=https://evil.example`)

  expect(response.status).toBe(400)
})

test.for([
  'https://evil.example/',
  `${publicUrl}.evil.example/`,
  `${publicUrl}@evil.example/`,
  `${publicUrl}//evil.example/`,
  `${publicUrl}/\\evil.example/`,
  '//evil.example/',
  'javascript:alert(1)',
  `${publicUrl}/auth/login`,
  `${publicUrl}/auth/login/initiate?iss=${issuer}`,
  `${publicUrl}/api/notes`,
])('a target of %s is replaced by the app', async (target) => {
  const { browser } = await testBff()

  const { url } = await browser.navigate(asked({ iss: issuer, target_link_uri: target }))

  expect(url.href).toBe(`${publicUrl}/`)
})

test('no parameter of the provider’s gets in but the hint', async () => {
  const { bff } = await testBff()
  const link = asked({ iss: issuer, login_hint: 'a&prompt=none', prompt: 'none', max_age: '1' })

  const answer = await bff.app.request(publicUrl + link)

  const query = new URL(answer.headers.get('location') ?? '', publicUrl).searchParams
  expect([...query]).toEqual([
    ['return_to', '/'],
    ['login_hint', 'a&prompt=none'],
  ])
})

test('a hint of absurd length is left out', async () => {
  const { bff } = await testBff()

  const answer = await bff.app.request(publicUrl + path, {
    method: 'POST',
    body: new URLSearchParams({ iss: issuer, login_hint: 'a'.repeat(2000) }),
  })

  expect(answer.headers.get('location')).toBe('/auth/login?return_to=%2F')
})

test('frames, scripts and scanners begin nothing', async () => {
  const { bff } = await testBff()
  const link = publicUrl + asked({ iss: issuer })

  const answers = await Promise.all([
    bff.app.request(link, { headers: { 'Sec-Fetch-Dest': 'iframe' } }),
    bff.app.request(link, { headers: { 'Sec-Fetch-Mode': 'cors' } }),
    bff.app.request(link, { method: 'HEAD' }),
  ])

  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
})
