import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Upgrade } from '../base/incoming.ts'
import type { HeaderRecord, RawHeaders } from './headers.ts'
import { tunnel } from './tunnel.ts'
import type { Over, UpstreamAnswer } from './upstream-call.ts'

/** What a browser is told (RFC 6455 §7.4): as 401, in the range that is free for applications, or that the server goes away. */
const goodbyes: Readonly<Record<Over, readonly [code: number, reason: string]>> = {
  'session-over': [4401, 'session ended'],
  'server-stops': [1001, 'server stops'],
}

/** An upstream has agreed to a WebSocket: the head goes out by hand, then bytes go both ways. */
export function upgradedAnswer(
  headers: HeaderRecord,
  outgoing: ServerResponse,
  { socket: browser, head: early }: Upgrade,
  upstream: Duplex,
  idleSeconds: number,
): UpstreamAnswer {
  // Nobody else listens any more: a reset before the tunnel is there would end the process.
  upstream.on('error', () => upstream.destroy())
  return {
    status: 101,
    headers,
    pass(head, watch) {
      if (browser.destroyed || upstream.destroyed) {
        // It left before anybody listened, and would not be heard to leave again.
        browser.destroy()
        upstream.destroy()
        return RESPONSE_ALREADY_SENT
      }
      outgoing.detachSocket(browser as ServerResponse['socket'] & {})
      browser.write(switchingProtocols(head), 'latin1')
      if (early.length > 0) upstream.write(early)
      let unwatch = (): void => {}
      const open = tunnel(browser, upstream, idleSeconds, () => unwatch())
      unwatch = watch((why) => open.close(...goodbyes[why]))
      return RESPONSE_ALREADY_SENT
    },
    discard: () => void upstream.destroy(),
  }
}

function switchingProtocols(headers: RawHeaders): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', 'upgrade: websocket']
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
