import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { repository } from '../machine/launch.ts'
import type { Contender, Place } from './contender.ts'

const peersFolder = fileURLToPath(new URL('../peers', import.meta.url))

export const strongroom = strongroomOf('strongroom', repository)

/** @param root  the repository that it is run from */
export function strongroomOf(name: string, root: string): Contender {
  return {
    name,
    about: 'cookie mode, every guard on',
    signsIn: true,
    start: (place) => ({
      command: process.execPath,
      args: [serverOf(root)],
      cwd: root,
      env: strongroomEnvironment(place),
    }),
  }
}

export const portable: Contender = {
  name: 'strongroom-portable',
  about: 'the same on a `fetch` of its own, the way for runtimes that have nothing else',
  signsIn: true,
  start: (place) => ({
    command: process.execPath,
    args: [fileURLToPath(new URL('../servers/portable.ts', import.meta.url))],
    env: strongroomEnvironment(place),
  }),
}

export const nodeLimit: Contender = {
  ...peer('node-limit', 'node:http and undici’s dispatcher, no session: what Node can do'),
  signsIn: false,
}

export const peers: readonly Contender[] = [
  peer('fastify', '@fastify/secure-session, @fastify/http-proxy, openid-client'),
  peer('express-openid-connect', 'with http-proxy-middleware', 'slow'),
  peer('hono-oidc-auth', '@hono/oidc-auth with hono/proxy', 'slow'),
  peer('naive', 'Hono, iron-session and hono/proxy', 'slow'),
]

function peer(name: string, about: string, slow?: 'slow'): Contender {
  return {
    name,
    about,
    signsIn: true,
    slow: slow !== undefined,
    start: (place) => ({
      command: process.execPath,
      args: [join(peersFolder, `${name}.mjs`)],
      cwd: peersFolder,
      env: { ...commonEnvironment(place), ...peerEnvironment(place) },
    }),
  }
}

/** What a release would run, where it was built; else the source. */
function serverOf(root: string): string {
  const built = join(root, 'bff/dist/main.js')
  return existsSync(built) ? built : join(root, 'bff/src/main.ts')
}

function strongroomEnvironment(place: Place): Record<string, string> {
  return {
    ...commonEnvironment(place),
    STORE_URL: `sqlite:${join(place.folder, 'store.db')}`,
    SPA_DIR: '',
    // Thousands sign in from one address here.
    RATE_LIMIT_PER_MINUTE: '100000',
  }
}

function commonEnvironment({ client, issuer, port, publicUrl, secret, upstreamUrl }: Place) {
  return {
    NODE_ENV: 'production',
    PUBLIC_URL: publicUrl,
    HOST: '127.0.0.1',
    PORT: String(port),
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: client.id,
    OIDC_CLIENT_SECRET: client.secret,
    OIDC_SCOPE: 'openid profile email offline_access notes',
    API_UPSTREAM: upstreamUrl,
    SESSION_SECRET: secret,
  }
}

function peerEnvironment({ accessTokenSeconds, basicClient, bearer }: Place) {
  return {
    ACCESS_TOKEN_SECONDS: String(accessTokenSeconds),
    BASIC_CLIENT_ID: basicClient.id,
    BASIC_CLIENT_SECRET: basicClient.secret,
    FIXED_BEARER: bearer,
  }
}
