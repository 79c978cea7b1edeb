import { createHash } from 'node:crypto'
import httpProxy from '@fastify/http-proxy'
import secureSession from '@fastify/secure-session'
import createFastify from 'fastify'
import { finishSignIn, freshTokens, startSignIn } from './openid.mjs'
import { settings } from './settings.mjs'

// The session, tokens and all, in one cookie sealed by libsodium.
const app = createFastify({ logger: false, http: { maxHeaderSize: 32_768 } })

await app.register(secureSession, {
  key: createHash('sha256').update(settings.secret).digest(),
  cookieName: 'session',
  cookie: { path: '/', httpOnly: true, secure: true, sameSite: 'lax' },
})

app.get('/healthz', () => 'ok')

app.get('/auth/login', async (request, reply) => {
  const { attempt, location } = await startSignIn()
  request.session.set('attempt', attempt)
  return reply.redirect(location, 303)
})

app.get('/auth/callback', async (request, reply) => {
  const tokens = await finishSignIn(request.url, request.session.get('attempt'))
  request.session.set('attempt', undefined)
  request.session.set('tokens', tokens)
  return reply.redirect('/healthz', 303)
})

await app.register(httpProxy, {
  upstream: settings.upstream,
  prefix: '/api',
  async preHandler(request, reply) {
    const tokens = request.session.get('tokens')
    if (!tokens) return reply.code(401).send()
    try {
      const fresh = await freshTokens(tokens)
      if (fresh !== tokens) request.session.set('tokens', fresh)
      request.accessToken = fresh.accessToken
    } catch {
      return reply.code(502).send()
    }
  },
  replyOptions: {
    rewriteRequestHeaders(request, { cookie: _cookie, ...headers }) {
      return { ...headers, authorization: `Bearer ${request.accessToken}` }
    },
  },
})

await app.listen({ host: '127.0.0.1', port: settings.port })
