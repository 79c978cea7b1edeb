import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { RunningProvider } from '../../servers/provider.ts'

const program = fileURLToPath(new URL('../servers/make-grants.ts', import.meta.url))

/** Has so many users consent: at the provider, and in the store of these settings. */
export async function manyGrants(
  provider: RunningProvider,
  count: number,
  env: Readonly<Record<string, string>>,
  folder: string,
): Promise<void> {
  const maker = spawn(process.execPath, [program], {
    cwd: folder,
    env: { ...process.env, ...env, GRANT: 'digest' },
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  const exit = once(maker, 'exit')
  for (let user = 1; user <= count; user += 1) {
    const sub = `user-${user}`
    maker.stdin.write(`${sub} ${await refreshTokenOf(provider, sub)}\n`)
  }
  maker.stdin.end()
  const [code] = (await exit) as [number | null]
  if (code !== 0) throw new Error(`No grants were made (exit code ${code}).`)
}

/** What a consent leaves at the provider. */
async function refreshTokenOf({ apiAudience, clientId, inner }: RunningProvider, sub: string) {
  const { oidc } = inner
  const client = await oidc.Client.find(clientId)
  if (!client) throw new Error('The provider does not know its client.')
  const scope = 'openid offline_access notes'
  const grant = new oidc.Grant({ accountId: sub, clientId })
  grant.addOIDCScope('openid offline_access')
  grant.addResourceScope(apiAudience, 'notes')
  const grantId = await grant.save()
  const token = new oidc.RefreshToken({
    client,
    accountId: sub,
    grantId,
    scope,
    resource: apiAudience,
    gty: 'authorization_code',
    rotations: 0,
  })
  return token.save()
}
