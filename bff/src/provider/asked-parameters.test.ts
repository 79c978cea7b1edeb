import { expect, test } from 'vitest'
import { hostileTestBff } from '../testing/hostile-test-bff.ts'

test.for([
  ['the one that was asked for', '?acr_values=gold', 'gold', true],
  ['one of those that were asked for', '?acr_values=platinum+gold', 'gold', true],
  ['a weaker one', '?acr_values=gold', 'silver', false],
  ['none', '?acr_values=gold', undefined, false],
  ['a list', '?acr_values=gold', ['gold'], false],
  ['any, when none was asked for', '', 'silver', true],
] as const)('an acr that is %s', async ([, query, acr, authenticated]) => {
  const { signIn, provider } = await hostileTestBff()
  provider.idToken.claims = { acr }

  const outcome = await signIn(query)

  expect(outcome.authenticated).toBe(authenticated)
})

test.for([
  ['is recent', -30, true],
  ['is a minute older than asked', -121, false],
  ['is missing', null, false],
] as const)('max_age was sent, and auth_time %s', async ([, seconds, authenticated]) => {
  const { signIn, clock, provider } = await hostileTestBff()
  provider.idToken.claims = { auth_time: seconds === null ? undefined : clock.now() + seconds }

  const outcome = await signIn('?max_age=60')

  expect(outcome.authenticated).toBe(authenticated)
})

test('the age of a sign-in is reckoned from when it was asked for, however long the user reads', async () => {
  const { browser, clock, complaints, provider } = await hostileTestBff()
  const authTime = clock.now()
  provider.idToken.claims = { auth_time: authTime }
  const { url } = await browser.navigate('/auth/login?max_age=0', { until: /\/callback/ })
  clock.advance(120)

  await browser.navigate(url.href)

  expect(complaints()).toEqual([])
})

test('how much too old a sign-in is stands in the log', async () => {
  const { signIn, clock, complaints, provider } = await hostileTestBff()
  provider.idToken.claims = { auth_time: clock.now() - 500 }

  await signIn('?max_age=60')

  expect(complaints()).toEqual([expect.stringContaining('440 s too long ago')])
})

test('a link can’t ask for less than the operator demands', async () => {
  const { signIn, browser, clock, provider } = await hostileTestBff({
    authorizeParameters: { acr_values: 'gold', max_age: '60' },
  })
  provider.idToken.claims = { acr: 'silver', auth_time: clock.now() }

  const { url } = await browser.navigate('/auth/login?acr_values=silver&max_age=9999', {
    until: /\/authorize/,
  })
  const weak = await signIn('?acr_values=silver&max_age=9999')
  provider.idToken.claims = { acr: 'gold', auth_time: clock.now() - 200 }
  const old = await signIn('?acr_values=silver&max_age=9999')
  provider.idToken.claims = { acr: 'gold', auth_time: clock.now() }
  const good = await signIn()

  expect(url.searchParams.get('acr_values')).toBe('gold')
  expect(url.searchParams.get('max_age')).toBe('60')
  expect([weak, old, good].map(({ authenticated }) => authenticated)).toEqual([false, false, true])
})

test.for([
  ['gold', 'gold'],
  ['password gold', 'gold'],
  ['password', 'silver gold'],
  ['', 'silver gold'],
] as const)(
  'of several that the operator takes, a link may choose: %j becomes %j',
  async ([link, asked]) => {
    const { browser } = await hostileTestBff({ authorizeParameters: { acr_values: 'silver gold' } })

    const query = new URLSearchParams({ acr_values: link })
    const { url } = await browser.navigate(`/auth/login?${query.toString()}`, {
      until: /\/authorize/,
    })

    expect(url.searchParams.get('acr_values')).toBe(asked)
  },
)

test('a link may ask for a fresher sign-in than the operator demands', async () => {
  const { signIn, clock, provider } = await hostileTestBff({
    authorizeParameters: { max_age: '3600' },
  })
  provider.idToken.claims = { auth_time: clock.now() - 100 }

  const fresh = await signIn('?max_age=10')
  const usual = await signIn()

  expect([fresh, usual].map(({ authenticated }) => authenticated)).toEqual([false, true])
})

test('a link can’t have a prompt left out that the operator demands', async () => {
  const { browser } = await hostileTestBff({ authorizeParameters: { prompt: 'login' } })

  const { url } = await browser.navigate('/auth/login?prompt=none', { until: /\/authorize/ })

  expect(url.searchParams.get('prompt')).toBe('login')
})

test('where the operator demands no prompt, a link may ask for one', async () => {
  const { browser } = await hostileTestBff()

  const { url } = await browser.navigate('/auth/login?prompt=none', { until: /\/authorize/ })

  expect(url.searchParams.get('prompt')).toBe('none')
})
