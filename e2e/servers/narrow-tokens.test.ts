import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { csrfHeader } from '@strongroom/client'
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { visitor } from '../bench/world/visitor.ts'
import { startBffProcess } from './bff-process.ts'
import { closeServer, listenOnLoopback } from './loopback-server.ts'
import { freePort } from './ports.ts'
import { startProvider } from './provider.ts'

const files = 'urn:strongroom:files'

test('a row of strongroom.config.ts gets tokens for its own resource from a real provider that rotates', async () => {
  const world = await startWorld()
  await world.signIn()

  const audiences = [
    await world.audienceAt('/api/x'),
    await world.audienceAt('/api/files/x'),
    await world.audienceAt('/api/x'),
    await world.audienceAt('/api/files/x'),
  ]

  expect(audiences).toEqual([world.apiAudience, files, world.apiAudience, files])
})

/** A provider, an API that says for whom the token was, and Strongroom with a file in a folder of its own. */
async function startWorld() {
  const api = createServer((request, response) => {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
    response.end(JSON.stringify(decodeJwt(token).aud))
  })
  const target = `http://127.0.0.1:${await listenOnLoopback(api, 0)}`
  onTestFinished(() => closeServer(api))
  const port = await freePort()
  const publicUrl = `http://localhost:${port}`
  const provider = await startProvider({ publicUrl, moreResources: [files] })
  onTestFinished(() => provider.stop())
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-narrow-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const upstreams = [
    { prefix: '/api', target },
    { prefix: '/api/files', target, accessToken: { by: 'refresh', resource: files } },
  ]
  writeFileSync(
    join(folder, 'strongroom.config.ts'),
    `export default { upstreams: ${JSON.stringify(upstreams)} as const }`,
  )
  const bff = await startBffProcess({
    publicUrl,
    folder,
    env: {
      PUBLIC_URL: publicUrl,
      PORT: String(port),
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret,
      OIDC_SCOPE: 'openid offline_access notes',
      OIDC_AUTHORIZE_PARAMS: `resource=${provider.apiAudience}&prompt=consent`,
      SESSION_SECRET: randomBytes(32).toString('base64url'),
      STORE_URL: 'memory:',
      SPA_DIR: '',
      LOG_LEVEL: 'warn',
    },
  })
  onTestFinished(() => bff.stop())
  const browser = visitor(publicUrl, port)
  return {
    apiAudience: provider.apiAudience,
    signIn: browser.signIn,
    async audienceAt(path: string): Promise<unknown> {
      const answer = await fetch(`${publicUrl}${path}`, {
        headers: { cookie: browser.jar.header(), [csrfHeader.name]: csrfHeader.value },
      })
      browser.jar.apply(answer.headers.getSetCookie())
      return answer.json()
    },
  }
}
