import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { onTestFinished } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { openBrowser, type Browser } from './browser.ts'
import { noteLine } from './heard.ts'
import { stubProvider, type StubProvider } from './stub-provider.ts'

const publicUrl = 'http://localhost:3000'
const client = { clientId: 'app', clientSecret: 'the-secret-of-the-client' }

export const processSecrets = [
  client.clientSecret,
  'a secret of a process of our own that is long enough',
] as const

/** Gone when the test is over. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A provider on a port of the loopback, since a process of its own reaches no simulated internet. */
export async function listeningProvider(): Promise<StubProvider & { readonly issuer: string }> {
  const host = new Hono()
  const issuer = await listen(host)
  const provider = await stubProvider({ ...client, issuer }, systemClock)
  host.all('*', (c) => provider.app.fetch(c.req.raw))
  return Object.assign(provider, { issuer })
}

/** Strongroom as it is run, until the test is over. */
export interface Started {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly address: Promise<string>
  /** Exit code and signal. */
  readonly ended: Promise<[code: number | null, signal: string | null]>
  /** Both streams, from the beginning. */
  output(): string
}

export function startBff(env: Record<string, string>, args: readonly string[] = []): Started {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PUBLIC_URL: publicUrl,
      HOST: '127.0.0.1',
      PORT: '0',
      OIDC_CLIENT_ID: client.clientId,
      OIDC_CLIENT_SECRET: client.clientSecret,
      SESSION_SECRET: processSecrets[1],
      SPA_DIR: '',
      LOG_LEVEL: 'trace',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  const listening = Promise.withResolvers<string>()
  const ended = once(child, 'close') as Started['ended']
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', noteLine)
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      const [, address] = /"listening","address":"([^"]+)"/.exec(output) ?? []
      if (address) listening.resolve(address)
    })
  }
  // Nobody may wait for it: it is meant to end at once.
  listening.promise.catch(() => {})
  void ended.then(() => listening.reject(new Error(`it ended: ${output}`)))
  return { child, address: listening.promise, ended, output: () => output }
}

/** Finds the app at the address where it listens, as behind a proxy. */
export function browserAt(address: string): Browser {
  const net: typeof fetch = (input, init) => {
    const asked = new Request(input, init)
    const { origin } = new URL(asked.url)
    return origin === publicUrl ? send(address, asked) : fetch(asked)
  }
  return openBrowser({ fetch: net, host: () => {}, unplug: () => {} }, publicUrl)
}

/** Over node:http, since `fetch` has a mind of its own about what a request says of where it comes from. */
async function send(address: string, { url, method, headers }: Request): Promise<Response> {
  const { pathname, search } = new URL(url)
  const sent = request(address + pathname + search, {
    method,
    headers: Object.fromEntries(headers),
    agent: false,
  })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const told = new Headers()
  for (const [name, values] of Object.entries(answer.headersDistinct))
    for (const value of values ?? []) told.append(name, value)
  const body = await text(answer)
  return new Response(body === '' ? null : body, { status: answer.statusCode ?? 0, headers: told })
}

export async function listen(app: Hono): Promise<string> {
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
