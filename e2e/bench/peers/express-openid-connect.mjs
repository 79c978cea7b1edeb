import express from 'express'
import expressOpenid from 'express-openid-connect'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { createServer, Agent } from 'node:http'
import { settings } from './settings.mjs'

// As its documentation has it: an encrypted rolling session, the token refreshed when it has expired.
const app = express()

app.get('/healthz', (_request, response) => void response.send('ok'))

app.use(
  expressOpenid.auth({
    authRequired: false,
    baseURL: settings.publicUrl,
    issuerBaseURL: settings.issuer,
    clientID: settings.clientId,
    clientSecret: settings.clientSecret,
    clientAuthMethod: 'client_secret_post',
    secret: settings.secret,
    authorizationParams: { response_type: 'code', scope: settings.scope },
    routes: { login: '/auth/login', callback: '/auth/callback', logout: false },
    getLoginState: () => ({ returnTo: '/healthz' }),
  }),
)

app.use('/api', async (request, response, next) => {
  if (!request.oidc.accessToken) return void response.sendStatus(401)
  try {
    if (request.oidc.accessToken.isExpired()) await request.oidc.accessToken.refresh()
    next()
  } catch {
    response.sendStatus(502)
  }
})

app.use(
  '/api',
  createProxyMiddleware({
    target: settings.upstream,
    agent: new Agent({ keepAlive: true, maxSockets: 64 }),
    on: {
      proxyReq(call, request) {
        call.removeHeader('cookie')
        call.setHeader('authorization', `Bearer ${request.oidc.accessToken.access_token}`)
      },
    },
  }),
)

createServer({ maxHeaderSize: 32_768 }, app).listen(settings.port, '127.0.0.1')
