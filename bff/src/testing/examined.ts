import { freePort } from './free-port.ts'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { Check, Finding } from '../doctor/check.ts'
import { doctor } from '../doctor/doctor.ts'
import { sectionReport, summary } from '../doctor/report.ts'
import { freshFolder } from './own-process.ts'
import { realProvider, type RealProviderOptions } from './real-provider.ts'
import { secretSearch } from './secret-search.ts'

export const goodSecret = 'nU2b9m4T0xkq7Rf3vYcW8sJ1hL6gZdPe5oAaBiCtDuE='

export interface Healthy {
  /** A sound installation: a real provider, an API that answers, a file for a store. */
  readonly env: Record<string, string>
}

export async function healthy(options: Partial<RealProviderOptions> = {}): Promise<Healthy> {
  const port = await freePort()
  const publicUrl = `http://localhost:${port}`
  const { issuer, clientSecret } = await realProvider({ publicUrl, ...options })
  return {
    env: {
      PUBLIC_URL: publicUrl,
      PORT: String(port),
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: 'app',
      OIDC_CLIENT_SECRET: clientSecret,
      API_UPSTREAM: await api(),
      SESSION_SECRET: goodSecret,
      STORE_URL: `sqlite:${join(freshFolder(), 'store.db')}`,
      SPA_DIR: '',
    },
  }
}

export interface Examined {
  readonly findings: readonly Finding[]
  readonly exitCode: number
  readonly report: string
  /** The one finding of that kind that is no `ok`, or any. */
  of(id: string): Finding | undefined
}

/** What doctor says of these settings. Whatever it is, no secret is in it. */
export async function examined(
  env: Record<string, string>,
  {
    file,
    more = [],
    secrets = [],
  }: { file?: string; more?: readonly Check[]; secrets?: readonly string[] } = {},
): Promise<Examined> {
  const folder = freshFolder()
  if (file !== undefined) writeFileSync(join(folder, 'strongroom.config.mjs'), file)
  const layout = { columns: 80, color: false }
  let report = ''
  const { findings, exitCode } = await doctor({ env, folder, more }, (section) => {
    report += sectionReport(section, layout)
  })
  report += summary(findings, layout)
  const search = secretSearch()
  search.know(env['OIDC_CLIENT_SECRET'], env['SESSION_SECRET'], ...secrets)
  expect(search.foundIn(report + JSON.stringify(findings))).toEqual([])
  const of = (id: string) => {
    const some = findings.filter((found) => found.id === id)
    return some.find(({ level }) => level !== 'ok') ?? some[0]
  }
  return { findings, exitCode, report, of }
}

/** An API that knows nobody. */
async function api(): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(401).end())
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
