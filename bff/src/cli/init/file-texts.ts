import type { Answers } from './answers.ts'

/** No I/O. */

export function configText({ api, clientId, issuer }: Answers): string {
  const provider =
    issuer === ''
      ? `  // Your OpenID provider. Until it is named, \`strongroom dev\` brings one along.
  // provider: { issuer: 'https://id.example.com', clientId: 'app' },`
      : `  provider: { issuer: ${quoted(issuer)}, clientId: ${quoted(clientId)} },`
  return `import { defineConfig } from 'strongroom'

// What the environment says (.env.example lists it) wins over this. No secret belongs here.
export default defineConfig({
${provider}
  upstreams: [{ prefix: '/api', target: ${quoted(api)} }],
  // The built app, which \`strongroom serve\` serves.
  spaDir: 'dist',
})
`
}

export function environmentText({ issuer }: Answers, secret: string): string {
  return `# Secrets of this machine. Never in git.
SESSION_SECRET=${secret}
${issuer === '' ? '# ' : ''}OIDC_CLIENT_SECRET=
`
}

export function exampleText({ clientId, issuer, publicUrl }: Answers): string {
  return `# What must be set where the app runs, and what else may be said by the environment.

# Where users open the app.
PUBLIC_URL=${publicUrl}
# 32 or more characters; the same on every instance: openssl rand -base64 32
SESSION_SECRET=
# The client that is registered at the provider.
OIDC_ISSUER=${issuer}
OIDC_CLIENT_ID=${clientId}
OIDC_CLIENT_SECRET=
# Proxies before it that end TLS.
# TRUSTED_PROXIES=127.0.0.1
# One machine: sqlite:<file>. Many: redis://…
# STORE_URL=sqlite:.strongroom/store.db
`
}

/** As a string of TypeScript. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}
