import { listen, page } from './page.ts'
import type { SessionView } from './schemas.ts'
import type { SessionEndReason } from './session-state.ts'

/** What the tabs of one browser tell one another. */
export type TabMessage =
  /** Somebody asked the server, at this moment (milliseconds since the epoch). */
  | { readonly type: 'view'; readonly view: SessionView; readonly at: number }
  | { readonly type: 'ended'; readonly key: string; readonly reason: SessionEndReason }
  /** Something has changed: look. */
  | { readonly type: 'look' }

export interface TabChannel {
  open(): void
  say(message: TabMessage): void
  close(): void
}

/** A browser without BroadcastChannel has tabs that look for themselves. */
export function tabChannel(baseUrl: string, hear: (message: TabMessage) => void): TabChannel {
  const { BroadcastChannel } = page
  let channel: InstanceType<NonNullable<typeof BroadcastChannel>> | null = null

  return {
    open() {
      if (channel !== null || !BroadcastChannel) return
      channel = new BroadcastChannel(`strongroom${baseUrl}`)
      // Only pages of this origin are on it.
      listen(channel, 'message', (event) => hear((event as MessageEvent).data as TabMessage))
    },
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    say: (message) => channel?.postMessage(message),
    close() {
      channel?.close()
      channel = null
    },
  }
}
