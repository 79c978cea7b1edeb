import { serve } from '@hono/node-server'
import { createBff } from '../../../bff/src/index.ts'

/** Strongroom on a `fetch` that is not the runtime's own, so that nothing but `fetch` can be used. */
const env = (name: string) => process.env[name] ?? ''

const { app } = createBff({
  publicUrl: env('PUBLIC_URL'),
  provider: {
    issuer: env('OIDC_ISSUER'),
    clientId: env('OIDC_CLIENT_ID'),
    clientSecret: env('OIDC_CLIENT_SECRET'),
    scope: env('OIDC_SCOPE'),
  },
  upstreams: [{ prefix: '/api', target: env('API_UPSTREAM') }],
  session: { secrets: [env('SESSION_SECRET')] },
  store: env('STORE_URL'),
  rateLimitPerMinute: Number(env('RATE_LIMIT_PER_MINUTE')),
  fetch: (...call) => fetch(...call),
})

serve({
  fetch: app.fetch,
  hostname: env('HOST'),
  port: Number(env('PORT')),
  overrideGlobalObjects: false,
  serverOptions: { maxHeaderSize: 32_768 },
})
