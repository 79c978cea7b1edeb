import type { BffClient } from './client.ts'
import type { StreamEvent } from './event-stream.ts'
import { followEvents, type EventsFollower } from './follow-events.ts'

export interface SessionStream {
  /** Follows the events of the session of this name, or of none. */
  follow(key: string | null): void
}

export interface SessionStreamFollower extends Pick<EventsFollower, 'opened' | 'refused'> {
  event(key: string, event: StreamEvent): void
}

/** One stream a session: another session needs another, none needs none. */
export function sessionStream(client: BffClient, follower: SessionStreamFollower): SessionStream {
  const { event, opened, refused } = follower
  let followed: string | null = null
  let unfollow = () => {}

  return {
    follow(key) {
      if (key === followed) return
      unfollow()
      followed = key
      unfollow =
        key === null
          ? () => {}
          : followEvents(client, { event: (each) => event(key, each), opened, refused })
    },
  }
}
