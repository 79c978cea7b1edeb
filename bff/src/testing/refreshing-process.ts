import { resolveOptions } from '../options/resolve-options.ts'
import { buildParts } from '../parts.ts'
import type { AccessToken } from '../provider/token-set.ts'

/** A process that refreshes one grant over and over until it is killed. It says each generation that it has been given. */

const { ISSUER = '', STORE = '', SECRET = '', CLIENT_SECRET = '', WITHOUT_COURIER } = process.env
const settings = resolveOptions({
  publicUrl: 'http://localhost:3000',
  provider: { issuer: ISSUER, clientId: 'app', clientSecret: CLIENT_SECRET },
  upstreams: [],
  session: { secrets: [SECRET] },
  store: STORE,
  grants: { digest: { title: 'Digest', sentence: 'Writes a digest.', scopes: ['notes'] } },
  telemetry: { record: () => {} },
  // Another `fetch` than the runtime's can't be had by another process.
  ...(WITHOUT_COURIER ? { fetch: (input, init) => fetch(input, init) } : {}),
})
if (!settings.ok) throw new Error(JSON.stringify(settings.error))
const { offline } = buildParts(settings.value)
const owner = { sub: 'ada', grant: 'digest' }
let last = ''

function take() {
  return last === ''
    ? offline?.tokens.fresh(owner)
    : offline?.tokens.renewed(owner, last as AccessToken)
}

for (;;) {
  // Its first question may find a store that is not there yet.
  const taken = await Promise.resolve(take()).catch(() => null)
  if (taken?.ok) last = taken.value.accessToken
  process.stdout.write(`${taken?.ok ? 'refreshed' : (taken?.error.kind ?? 'no store')}\n`)
}
