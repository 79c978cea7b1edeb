import { onTestFinished, vi } from 'vitest'
import { startRedisServer } from './redis-server.ts'
import type { ServedBffOptions } from './served-bff.ts'
import { anotherInstance, publicUrl, secret, type TestBff } from './test-bff.ts'

export const idleSeconds = 600
const maxSeconds = 1800

/** Sessions short enough that a clock can be set past their ends. */
export const shortSessions = {
  bff: { session: { secrets: [secret], idleSeconds, maxSeconds } },
} satisfies ServedBffOptions

export interface SessionEnding {
  /** Such as "it is signed out here". */
  readonly when: string
  /** What the BFF has to be made with for it. */
  options?(): Promise<ServedBffOptions>
  /** Ends the session of the world's browser. Nobody else's but by the clock. */
  end(world: TestBff): Promise<void>
}

/**
 * Takes the clocks by which the BFF looks by itself into the test's hand. To be called before there is a BFF.
 *
 * @returns lets a second go by
 */
export function handSeconds(): () => Promise<void> {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  return async () => void (await vi.advanceTimersByTimeAsync(1000))
}

const signOut = { method: 'POST' } as const

/** Every way in which the session of something that stays open ends. */
export const sessionEndings: readonly SessionEnding[] = [
  {
    when: 'it is signed out here',
    end: async ({ browser }) => void (await browser.fetch('/auth/logout', signOut)),
  },
  elsewhere(),
  {
    when: 'its provider says so',
    async end({ internet, provider, clock }) {
      clock.advance(1)
      const body = new URLSearchParams({ logout_token: await provider.logoutToken() })
      await internet.fetch(`${publicUrl}/auth/backchannel-logout`, { method: 'POST', body })
    },
  },
  { when: 'it is too old', end: async ({ clock }) => clock.advance(maxSeconds) },
  { when: 'it is idle for too long', end: async ({ clock }) => clock.advance(idleSeconds) },
  {
    when: 'its token can’t be renewed',
    async end({ clock, provider }) {
      provider.tokenAnswer = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
      clock.advance(provider.accessTokenSeconds)
    },
  },
]

function elsewhere(): SessionEnding {
  let store = ''
  return {
    when: 'it is signed out on another instance',
    async options() {
      const redis = await startRedisServer()
      onTestFinished(() => redis.stop())
      store = redis.url
      return { bff: { ...shortSessions.bff, store } }
    },
    async end(world) {
      const other = anotherInstance(world, { ...shortSessions.bff, store })
      onTestFinished(() => other.bff.close())
      await other.browser(world.browser.cookies()).fetch('/auth/logout', signOut)
    },
  }
}
