import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { issuerKeys } from '../servers/issuer-keys.ts'
import { closeServer, listenOnLoopback } from '../servers/loopback-server.ts'

/** An API that takes nothing but tokens that are bound to the key of the proof beside them (RFC 9449 §7). */
export interface BoundApi {
  readonly url: string
  /** Each call as it came, oldest first. */
  readonly calls: readonly BoundCall[]
  /** Wants another nonce in proofs from now on. */
  renewNonce(): void
  stop(): Promise<void>
}

export interface BoundCall {
  readonly path: string
  readonly authorization: string
  readonly proof: string
  /** Why it was refused, or null. */
  readonly refusal: string | null
  /** Whose token it was, by the key that it is bound to. */
  readonly thumbprint: string | null
  readonly sub: string | null
}

/** @param issuer  whose tokens it takes, for whomever they are made */
export async function startBoundApi(issuer: () => string): Promise<BoundApi> {
  const calls: BoundCall[] = []
  const seen = new Set<string>()
  let nonce = newNonce()
  let keys: ReturnType<typeof issuerKeys> | null = null
  let origin = ''

  async function check(request: IncomingMessage) {
    const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ')
    if (scheme.toLowerCase() !== 'dpop') throw new Error('invalid_token')
    const proof = String(request.headers['dpop'] ?? '')
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      maxTokenAge: 60,
    })
    if (payload['nonce'] !== nonce) throw new Error('use_dpop_nonce')
    const path = request.url?.split('?')[0] ?? ''
    const isForThis =
      payload['htm'] === request.method &&
      payload['htu'] === `${origin}${path}` &&
      payload['ath'] === createHash('sha256').update(token).digest('base64url')
    if (!isForThis || seen.has(payload.jti ?? '')) throw new Error('invalid_dpop_proof')
    seen.add(payload.jti ?? '')
    keys ??= issuerKeys(issuer())
    // Tokens of a few seconds may be over by the time that they arrive.
    const options = { issuer: issuer(), typ: 'at+jwt', clockTolerance: 15 }
    const claims = (await jwtVerify(token, keys, options)).payload
    const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk ?? {})
    if ((claims['cnf'] as { jkt?: string } | undefined)?.jkt !== thumbprint)
      throw new Error('invalid_token')
    return { sub: claims.sub ?? null, thumbprint }
  }

  /** @returns the code of the refusal, or null */
  async function judge(request: IncomingMessage): Promise<string | null> {
    const about = {
      path: request.url ?? '',
      authorization: request.headers.authorization ?? '',
      proof: String(request.headers['dpop'] ?? ''),
    }
    try {
      calls.push({ ...about, refusal: null, ...(await check(request)) })
      return null
    } catch (error) {
      const refusal = error instanceof Error ? error.message : 'unknown'
      calls.push({ ...about, refusal, thumbprint: null, sub: null })
      return refusal
    }
  }

  const challenge = (refusal: string) => ({
    'DPoP-Nonce': nonce,
    'WWW-Authenticate': `DPoP algs="ES256", error="${refusal}"`,
  })

  const server = createServer((request, response) => {
    void judge(request).then(async (refusal) => {
      if (refusal !== null) {
        request.resume()
        return response.writeHead(401, challenge(refusal)).end()
      }
      const body = await text(request)
      if (!request.url?.endsWith('/events'))
        return response.writeHead(200, { 'DPoP-Nonce': nonce }).end(JSON.stringify({ body }))
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      return response.end('data: here\n\n')
    })
  })
  const open = new Set<Duplex>()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    open.add(socket.on('error', () => socket.destroy()))
    void judge(request).then((refusal) => {
      const head =
        refusal === null
          ? [
              '101 Switching Protocols',
              'Connection: Upgrade',
              'Upgrade: websocket',
              acceptOf(request),
            ]
          : [
              '401 Unauthorized',
              'Content-Length: 0',
              ...Object.entries(challenge(refusal)).map(([name, value]) => `${name}: ${value}`),
            ]
      const text = `HTTP/1.1 ${head.join('\r\n')}\r\n\r\n`
      return refusal === null ? socket.write(text) : socket.end(text)
    })
  })
  origin = `http://127.0.0.1:${await listenOnLoopback(server, 0)}`
  return {
    url: origin,
    calls,
    renewNonce() {
      nonce = newNonce()
    },
    stop() {
      for (const socket of open) socket.destroy()
      return closeServer(server)
    },
  }
}

function newNonce(): string {
  return randomBytes(16).toString('base64url')
}

/** RFC 6455 §4.2.2. */
function acceptOf(request: IncomingMessage): string {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  return `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`
}
