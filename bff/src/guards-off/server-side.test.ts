import { createSecretKey } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Hono } from 'hono'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { sealerWith } from '../base/sealer.ts'
import type { SpaEnv } from '../dev/spa-proxy.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { Store } from '../keyvalue/store.ts'
import { head, rawHttp } from '../testing/raw-http.ts'
import { whoIs } from './attackers-tools.ts'
import { onBoth, type Attack } from './without.ts'

/** A store that somebody reads along, and may write to. */
function readStore(): Store & { readonly kept: Map<string, string> } {
  const store = memoryStore(systemClock)
  const kept = new Map<string, string>()
  return {
    ...store,
    kept,
    keyValue: {
      ...store.keyValue,
      set: (key, value, ttl) => {
        kept.set(key, value)
        return store.keyValue.set(key, value, ttl)
      },
      replace: (key, before, value, ttl) => {
        if (value !== null) kept.set(key, value)
        return store.keyValue.replace(key, before, value, ttl)
      },
    },
  }
}

/** A store that can be exchanged for an empty one, and tells its readers so, as Redis does. */
function emptiableStore(): Store & { empty(): Store } {
  let current = memoryStore(systemClock)
  let age = 0
  return {
    keyValue: new Proxy(current.keyValue, {
      get: (_, name: keyof Store['keyValue']) => current.keyValue[name],
    }),
    journal: {
      append: (...entry) => current.journal.append(...entry),
      since: async (cursor) => {
        const restarted = cursor !== null && !cursor.startsWith(`${age}/`)
        const told = await current.journal.since(restarted ? null : (cursor?.slice(2) ?? null))
        return { ...told, restarted, cursor: `${age}/${told.cursor}` }
      },
    },
    close: async () => {},
    empty() {
      current = memoryStore(systemClock)
      age += 1
      return current
    },
  }
}

/** The app's folder, with a file that was never meant to be served, and a link out of it. */
function appFolder(): string {
  const home = mkdtempSync(join(tmpdir(), 'strongroom-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  mkdirSync(join(home, 'app'))
  writeFileSync(join(home, 'app', 'index.html'), 'the page')
  writeFileSync(join(home, 'app', '.env'), 'the secret')
  writeFileSync(join(home, 'key.js'), 'the secret')
  symlinkSync(join(home, 'key.js'), join(home, 'app', 'link.js'))
  return join(home, 'app')
}

function servesFile(path: string): Attack['attack'] {
  return async ({ testBff, serve }) => {
    const { port } = await serve(await testBff({ spaDir: appFolder() }))
    const { status, body } = await rawHttp(port, head(`GET ${path} HTTP/1.1`, 'Host: a'))
    return status === 200 ? body : status
  }
}

/** The key that a careless server would have for all sessions. */
const keyOfAll = createSecretKey(Buffer.alloc(32, 'one key for all'))

const attacks: readonly Attack[] = [
  {
    guard: 'seals bound to their place, who writes to the store goes on in another user’s session',
    cuts: [
      {
        file: 'base/sealer.ts',
        guard: 'nonce).setAAD(Buffer.from(context))',
        instead: 'nonce)',
      },
      {
        file: 'base/sealer.ts',
        guard: '    .setAAD(Buffer.from(context))\n    .setAuthTag',
        instead: '    .setAuthTag',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const store = readStore()
      const world = await signedInTestBff({ store, accessTokenSeconds: 60 })
      const attacker = world.browser.with(new Map())
      world.provider.sub = 'mallory'
      await attacker.navigate('/auth/login')
      const old = attacker.with(attacker.cookies())
      world.clock.advance(61)
      await world.browser.fetch('/api/notes')
      await attacker.fetch('/api/notes')
      const [adas, mallorys] = [...store.kept].filter(([key]) => key.startsWith('successor/'))
      await store.keyValue.set(mallorys?.[0] ?? '', adas?.[1] ?? '', 1000)
      await old.fetch('/api/notes')
      const [asAda, , last] = world.apiCalls.map(({ headers }) => headers.get('Authorization'))
      return last !== undefined && last === asAda
    },
    refused: false,
    gained: true,
  },
  {
    guard:
      'a key in the ticket alone, who reads the store and knows the server’s key opens each session',
    cuts: [
      {
        file: 'session/ticket-session-store.ts',
        guard: "createSecretKey(ticket.key, 'base64url')",
        instead: "createSecretKey(Buffer.alloc(32, 'one key for all'))",
      },
    ],
    attack: async ({ signedInTestBff, secret }) => {
      const store = readStore()
      await signedInTestBff({ store, session: { secrets: [secret], mode: 'server' } })
      const [key, sealed] = [...store.kept].find(([key]) => key.startsWith('session/')) ?? ['', '']
      const opened = sealerWith({
        sealing: { id: 'ticket', key: keyOfAll },
        opening: new Map([['ticket', keyOfAll]]),
      }).open(sealed, key)
      return (opened as { readonly sub: string } | null)?.sub ?? null
    },
    refused: null,
    gained: 'ada',
  },
  {
    guard:
      'a memory of its own on each instance, who empties the store brings an ended session back',
    cuts: [
      { file: 'session/ended-sessions.ts', guard: 'if (told.restarted) await tellAgain()' },
      {
        file: 'session/ended-sessions.ts',
        guard: 'for (const mark of expected.values()) await tell(mark)',
      },
    ],
    attack: async ({ signedInTestBff, anotherInstance }) => {
      const store = emptiableStore()
      const world = await signedInTestBff({ store })
      const copied = world.browser.cookies()
      await world.browser.fetch('/auth/logout', { method: 'POST' })
      store.empty()
      // Longer than two looks at the journal.
      await pause(600)
      return whoIs(anotherInstance(world, { store }).browser(copied))
    },
    refused: null,
    gained: 'ada',
  },
  {
    guard: 'the rule on messages, a log holds the token that an error quotes',
    cuts: [
      {
        file: 'base/describe-cause.ts',
        guard: 'if (error instanceof PlainError)',
        instead: 'if (error instanceof Error)',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const world = await signedInTestBff()
      world.api = (request) => {
        throw new TypeError(`refused ${request.headers.get('Authorization')}`)
      }
      await world.browser.fetch('/api/notes')
      return JSON.stringify(world.events).includes('Bearer access-')
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'the boundary, each refusal is a surprise, printed with all that hangs on it',
    cuts: [
      {
        file: 'create-bff.ts',
        guard: 'app.onError(problemBoundary(telemetry, settings.signInFailedPath, answerHeaders))',
      },
    ],
    attack: async ({ testBff }) => {
      const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
      const { browser } = await testBff()
      const { status } = await browser.fetch('/api/notes')
      return { status, printed: printed.mock.calls.length }
    },
    refused: { status: 401, printed: 0 },
    gained: { status: 500, printed: 1 },
  },
  {
    guard:
      'names from trusted proxies alone, a stranger’s request goes by the name of another in the log',
    cuts: [
      {
        file: 'edge/request-id.ts',
        guard: 'proxies.isTrusted(incoming(c)?.socket.remoteAddress)',
        instead: 'true',
      },
    ],
    attack: async ({ testBff }) => {
      const { bff } = await testBff()
      const answer = await bff.app.request('/healthz', { headers: { 'X-Request-Id': 'another' } })
      return answer.headers.get('X-Request-Id') === 'another'
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'traces from trusted proxies alone, a stranger has the API record what they like',
    cuts: [
      {
        file: 'edge/request-id.ts',
        guard: 'proxies.isTrusted(incoming(c)?.socket.remoteAddress)',
        instead: 'true',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { browser, apiCalls } = await signedInTestBff()
      const trace = 'a'.repeat(32)
      await browser.fetch('/api/notes', {
        headers: { traceparent: `00-${trace}-${'b'.repeat(16)}-01` },
      })
      return apiCalls[0]?.headers.get('traceparent')?.includes(trace)
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'the look at Host, a page whose name leads to the loopback reads the metrics',
    cuts: [
      {
        file: 'observability/metrics-listener.ts',
        guard: 'if (!isMeant(request))',
        instead: 'if (false)',
      },
    ],
    attack: async ({ metricsListener }) => {
      const metrics = { contentType: 'text/plain', exposition: async () => 'strongroom_up 1' }
      const server = metricsListener(metrics).listen(0, '127.0.0.1')
      onTestFinished(() => void server.close())
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const { body } = await rawHttp(port, head('GET /metrics HTTP/1.1', 'Host: evil.example'))
      return body.includes('strongroom_up 1')
    },
    refused: false,
    gained: true,
  },
  {
    guard:
      'the look at Host, a page whose name leads to the loopback reads the app that is being written',
    cuts: [
      {
        file: 'dev/spa-proxy.ts',
        guard: "if (requestHeader(c, 'host') !== publicUrl.host)",
        instead: 'if (false)',
      },
    ],
    attack: readsOfDevServer('/src/app.ts', 'evil.example'),
    refused: false,
    gained: true,
  },
  {
    guard: 'the folder among what is private, a page reads what lies in it',
    cuts: [
      { file: 'dev/spa-proxy.ts', guard: 'if (isPrivate(c.req.path))', instead: 'if (false)' },
    ],
    attack: readsOfDevServer('/.strongroom/store.db', 'localhost:3000'),
    refused: false,
    gained: true,
  },
  {
    guard: 'a look for hidden files, one that was built in by mistake is served',
    cuts: [
      { file: 'edge/page.ts', guard: 'isHidden(path) || leadsOutside', instead: 'leadsOutside' },
    ],
    attack: servesFile('/.env'),
    refused: 404,
    gained: 'the secret',
  },
  {
    guard: 'a look at where links lead, a file outside of the app’s folder is served',
    cuts: [{ file: 'edge/page.ts', guard: '|| leadsOutside(spaDir, path)' }],
    attack: servesFile('/link.js'),
    refused: 404,
    gained: 'the secret',
  },
]

test.for(attacks)('without $guard', async (attack) => {
  const { refused, gained } = await onBoth(attack)

  expect({ refused, gained }).toEqual({ refused: attack.refused, gained: attack.gained })
})

/** Whether a page of this name gets a file of the folder that a dev server behind Strongroom serves. */
function readsOfDevServer(path: string, host: string): Attack['attack'] {
  return async ({ serve, spaProxy }) => {
    const spa = createServer((_, response) => response.end('what lies there')).listen(
      0,
      '127.0.0.1',
    )
    onTestFinished(() => {
      spa.closeAllConnections()
      spa.close()
    })
    await once(spa, 'listening')
    const { port: behind } = spa.address() as AddressInfo
    const publicUrl = new URL('http://localhost:3000')
    const app = new Hono<SpaEnv>()
    app.use((c, next) => {
      c.set('requestId', 'one')
      return next()
    })
    app.all('*', spaProxy(new URL(`http://127.0.0.1:${behind}`), { appHeaders: [], publicUrl }))
    const { port } = await serve({ bff: { app } })
    const asked = head(`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Sec-Fetch-Mode: cors')
    const { body } = await rawHttp(port, asked)
    return body.includes('what lies there')
  }
}
