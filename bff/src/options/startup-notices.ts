import { daysLeft, type ClientCertificate } from '../base/client-certificate.ts'
import { isLoopbackHost } from '../base/loopback.ts'
import { keysIn } from './check-client.ts'
import type { BffOptions, ProviderOptions } from './options.ts'

/** No I/O. No clock: `now` is passed in. */

/**
 * What an operator should know at the start, though nothing is wrong.
 *
 * @param opsHost  where `/metrics` is served, if it is
 */
export function startupNotices(
  { publicUrl, store, trustedProxies = [] }: BffOptions,
  port: number,
  opsHost?: string,
): readonly string[] {
  const url = new URL(publicUrl)
  const local = url.protocol === 'http:'
  const publicPort = Number(url.port || 80)
  return [
    ...(local && port !== 0 && publicPort !== port
      ? [
          `PUBLIC_URL is ${url.origin}, but this listens on port ${port}: sign-ins will return to port ${publicPort}.`,
        ]
      : []),
    ...storeNotices(store),
    ...proxyNotices(local, trustedProxies),
    ...metricsNotices(opsHost),
  ]
}

/** @param host  where `/metrics` is served, if it is */
export function metricsNotices(host: string | undefined): readonly string[] {
  return host === undefined || isLoopbackHost(host)
    ? []
    : [`The metrics are served on ${host} to whoever asks: keep that address off the internet.`]
}

/** From when on the end of a certificate is told. */
export const soonDays = 14

/** @param now  seconds since the epoch */
export function certificateNotices(
  certificate: ClientCertificate | null,
  now: number,
): readonly string[] {
  const days = certificate === null ? Infinity : daysLeft(certificate, now)
  return days < soonDays
    ? [
        `The client’s own certificate expires in ${days} ${days === 1 ? 'day' : 'days'}, and proves nothing from then on.`,
      ]
    : []
}

/** Also where nobody is served. */
export function storeNotices(store: BffOptions['store']): readonly string[] {
  if (store === 'memory:')
    return [
      'The store is memory: at a restart it forgets which sessions ended and which tokens are still to be revoked, and no other instance shares it.',
    ]
  return typeof store === 'string' && store.startsWith('sqlite:')
    ? ['The store is a file of this machine: instances on other machines do not share it.']
    : []
}

function proxyNotices(local: boolean, trustedProxies: readonly string[]): readonly string[] {
  if (!local && trustedProxies.length === 0)
    return [
      'TRUSTED_PROXIES names nobody, though something before this must end TLS: whoever comes over it has its address, and all of them share one rate limit.',
    ]
  return trustedProxies.some((entry) => entry.endsWith('/0'))
    ? [
        'TRUSTED_PROXIES trusts every address: anybody can claim to come from anywhere, and escape the rate limit. Name the proxies alone.',
      ]
    : []
}

/** Of options that were checked. Which of two is used is written down, but who set both may think of the other. */
export function clientNotices({
  clientAuthentication,
  clientKeys = '',
  clientSecret = '',
}: ProviderOptions): readonly string[] {
  const isOpen = clientAuthentication === undefined && clientSecret !== ''
  return isOpen && keysIn(clientKeys).clientKeys.length > 0
    ? [
        'There are a client secret and a client key, and the secret proves who we are. Leave it out, or set OIDC_CLIENT_AUTH.',
      ]
    : []
}

/** The store as a log may tell it: the URL of a Redis may hold a password. */
export function storeName(store: BffOptions['store'] = ''): string {
  if (typeof store !== 'string') return 'own'
  const redis = /^rediss?:/.test(store) ? URL.parse(store) : null
  return redis ? `${redis.protocol}//${redis.host}${redis.pathname}` : store
}
