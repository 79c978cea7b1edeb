import { serve } from '@hono/node-server'
import { getAuth, initOidcAuthMiddleware, oidcAuthMiddleware } from '@hono/oidc-auth'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
import { settings } from './settings.mjs'

// Its cookie is signed, not encrypted. The documented hook puts the tokens into it.
const app = new Hono()

app.get('/healthz', (c) => c.text('ok'))

app.use(
  initOidcAuthMiddleware({
    OIDC_AUTH_SECRET: settings.secret,
    OIDC_AUTH_REFRESH_INTERVAL: String(settings.accessTokenSeconds),
    OIDC_ISSUER: settings.issuer,
    OIDC_CLIENT_ID: settings.basicClientId,
    OIDC_CLIENT_SECRET: settings.basicClientSecret,
    OIDC_REDIRECT_URI: '/auth/callback',
    // It refuses scopes that the provider does not list, and the API's is not listed.
    OIDC_SCOPES: 'openid profile email offline_access',
  }),
)
app.use(async function keepTokens(c, next) {
  c.set('oidcClaimsHook', async (session, claims, tokens) => ({
    sub: claims?.sub ?? session?.sub ?? '',
    accessToken: tokens.access_token,
    idToken: tokens.id_token ?? session?.idToken ?? '',
  }))
  await next()
})
app.use('*', oidcAuthMiddleware())

app.get('/auth/login', (c) => c.redirect('/healthz', 303))

app.all('/api/*', async (c) => {
  const session = await getAuth(c)
  const accessToken = /** @type {string} */ (session?.['accessToken'])
  const { pathname, search } = new URL(c.req.url)
  return proxy(`${settings.upstream}${pathname.slice('/api'.length)}${search}`, {
    raw: c.req.raw,
    headers: {
      ...c.req.header(),
      cookie: undefined,
      host: undefined,
      authorization: `Bearer ${accessToken}`,
    },
  })
})

serve({
  fetch: app.fetch,
  hostname: '127.0.0.1',
  port: settings.port,
  serverOptions: { maxHeaderSize: 32_768 },
})
