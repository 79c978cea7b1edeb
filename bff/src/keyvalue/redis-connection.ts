import { createClient, ErrorReply } from '@redis/client'
import { PlainError } from '../base/plain-error.ts'
import { within } from '../base/within.ts'
import { redisScripts } from './redis-scripts.ts'

/** A connection that is opened by the first question, and opened again for ever when it breaks. */
export interface RedisConnection {
  /** Rejects at once while there is no connection, with what keeps it from coming about as the cause. */
  ask<T>(question: (redis: Redis) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export type Redis = ReturnType<typeof newClient>

const keyPrefix = 'strongroom:'

/** Without an answer for so long, the connection is taken for dead, and another one is tried. */
const deafSeconds = 2
const pingEveryMilliseconds = 1000

export function redisConnection(url: string): RedisConnection {
  let line: Line | null = null
  let closed = false

  function hangUp(broken: Line): void {
    broken.hangUp()
    if (line === broken && !closed) line = openLine(url)
  }

  async function answerOf<T>(asked: Line, question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = await asked.connected()
    try {
      return await question(redis)
    } catch (error) {
      if (isReadOnly(error)) hangUp(asked)
      throw told(error)
    }
  }

  return {
    async ask(question) {
      if (closed) throw new PlainError('Redis: the store is closed')
      const asked = (line ??= openLine(url))
      const answer = await within(deafSeconds, answerOf(asked, question), noAnswer)
      if (answer !== noAnswer) return answer
      hangUp(asked)
      throw new PlainError(`Redis: no answer within ${deafSeconds} s`)
    },
    close: async () => {
      closed = true
      line?.hangUp()
    },
  }
}

interface Line {
  connected(): Promise<Redis>
  hangUp(): void
}

function openLine(url: string): Line {
  const redis = newClient(url)
  let trouble: Error | undefined
  let hungUp = false
  const tried = new Promise<void>((resolve) => {
    redis.on('ready', resolve)
    redis.on('end', resolve)
    redis.on('error', (error: Error) => {
      trouble = error
      resolve()
    })
  })
  // The client forgets a socket that was still connecting when it was told to end.
  redis.on('connect', () => {
    if (hungUp) redis.destroy()
  })
  // It rejects only when it is hung up: every other trouble is an 'error' and another try.
  redis.connect().catch(() => {})

  return {
    async connected() {
      await tried
      if (!redis.isReady) throw new PlainError('Redis: not connected', { cause: told(trouble) })
      return redis
    },
    hangUp() {
      hungUp = true
      redis.destroy()
    },
  }
}

function newClient(url: string) {
  return createClient({
    url,
    keyPrefix,
    scripts: redisScripts,
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    pingInterval: pingEveryMilliseconds,
    commandOptions: { timeout: 0 },
    socket: {
      connectTimeout: deafSeconds * 1000,
      // Where nothing is asked: the pings above keep it from running out. What is written puts it off, answered or not.
      socketTimeout: deafSeconds * 1000,
      reconnectStrategy: (retries) => Math.min(25 * 2 ** retries, 400) + Math.random() * 100,
    },
  })
}

/** What Redis says begins with a code, such as `WRONGPASS`; behind it there may be what it was asked, the values too. */
function told(error: unknown): unknown {
  const code = error instanceof ErrorReply ? /^[A-Z]{2,20}\b/.exec(error.message)?.[0] : undefined
  return code === undefined ? error : new PlainError(`Redis: ${code}`)
}

/** A primary that became a replica keeps its connections, and the new one is behind the same address. */
function isReadOnly(error: unknown): boolean {
  return error instanceof ErrorReply && /\bREADONLY\b/.test(error.message)
}

const noAnswer = Symbol('no answer')
