import type { BffOptions } from './options.ts'

/** No I/O. */

/** What an operator should know at the start, though nothing is wrong. */
export function startupNotices({ publicUrl, store }: BffOptions, port: number): readonly string[] {
  const url = new URL(publicUrl)
  const local = url.protocol === 'http:'
  const publicPort = Number(url.port || 80)
  return [
    ...(local && port !== 0 && publicPort !== port
      ? [
          `PUBLIC_URL is ${url.origin}, but this listens on port ${port}: sign-ins will return to port ${publicPort}.`,
        ]
      : []),
    ...(store === 'memory:'
      ? [
          'The store is memory: at a restart it forgets which sessions ended and which tokens are still to be revoked, and no other instance shares it.',
        ]
      : []),
    ...(typeof store === 'string' && store.startsWith('sqlite:')
      ? ['The store is a file of this machine: instances on other machines do not share it.']
      : []),
  ]
}

/** The store as a log may tell it: the URL of a Redis may hold a password. */
export function storeName(store: BffOptions['store'] = ''): string {
  if (typeof store !== 'string') return 'own'
  const redis = /^rediss?:/.test(store) ? URL.parse(store) : null
  return redis ? `${redis.protocol}//${redis.host}${redis.pathname}` : store
}
