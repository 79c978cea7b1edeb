import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { proxy } from 'hono/proxy'
import { getIronSession } from 'iron-session'
import { finishSignIn, freshTokens, startSignIn } from './openid.mjs'
import { settings } from './settings.mjs'

// The obvious way to build it from good parts: Hono, iron-session, and Hono's own proxy helper.
const app = new Hono()

app.get('/healthz', (c) => c.text('ok'))

app.get('/auth/login', async (c) => {
  const { attempt, location } = await startSignIn()
  const session = await sessionOf(c)
  session.attempt = attempt
  await session.save()
  return c.redirect(location, 303)
})

app.get('/auth/callback', async (c) => {
  const session = await sessionOf(c)
  const { pathname, search } = new URL(c.req.url)
  session.tokens = await finishSignIn(pathname + search, session.attempt)
  delete session.attempt
  await session.save()
  return c.redirect('/healthz', 303)
})

app.all('/api/*', async (c) => {
  const session = await sessionOf(c)
  if (!session.tokens) return c.body(null, 401)
  try {
    const fresh = await freshTokens(session.tokens)
    if (fresh !== session.tokens) {
      session.tokens = fresh
      await session.save()
    }
  } catch {
    return c.body(null, 502)
  }
  const { pathname, search } = new URL(c.req.url)
  return proxy(`${settings.upstream}${pathname.slice('/api'.length)}${search}`, {
    raw: c.req.raw,
    headers: {
      ...c.req.header(),
      cookie: undefined,
      host: undefined,
      authorization: `Bearer ${session.tokens.accessToken}`,
    },
  })
})

/** @param {import('hono').Context} c */
function sessionOf(c) {
  const jar = {
    read: (name) => getCookie(c, name),
    write: (name, value, attributes) => setCookie(c, name, value, attributes),
  }
  return getIronSession(jar, { password: settings.secret, cookieName: 'session', chunk: true })
}

serve({
  fetch: app.fetch,
  hostname: '127.0.0.1',
  port: settings.port,
  serverOptions: { maxHeaderSize: 32_768 },
})
