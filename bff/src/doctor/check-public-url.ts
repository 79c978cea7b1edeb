import { lookup } from 'node:dns/promises'
import { startupNotices } from '../options/startup-notices.ts'
import { isLoopbackHost } from '../base/loopback.ts'
import { check, finding, type Finding } from './check.ts'

type Id = 'public-url.name' | 'public-url.notice'

export const checkPublicUrl = check<Id>({
  title: 'How it is reached',
  tells: {
    'public-url.name': 'Whether the host name of `PUBLIC_URL` is known to DNS.',
    'public-url.notice':
      'What the server itself would tell at its start: a port that does not fit `PUBLIC_URL`, `TRUSTED_PROXIES` that name nobody or everybody, metrics that anybody can read.',
  },
  async run({ settings, options }) {
    const { publicUrl } = settings
    // Of the store its own check tells more.
    const notices = startupNotices({ ...options.bff, store: '' }, options.port, options.ops?.host)
    return [
      ...(await name(publicUrl)),
      ...notices.map((text) => finding('public-url.notice' as const, 'warning', text)),
    ]
  },
})

async function name(publicUrl: URL): Promise<readonly Finding<Id>[]> {
  const { hostname, origin } = publicUrl
  if (isLoopbackHost(hostname))
    return [finding('public-url.name', 'ok', `PUBLIC_URL is ${origin}, on this machine.`)]
  try {
    await lookup(hostname.replace(/^\[|\]$/g, ''))
    return [finding('public-url.name', 'ok', `PUBLIC_URL is ${origin}, and its name is known.`)]
  } catch {
    return [
      finding(
        'public-url.name',
        'warning',
        `The host name of PUBLIC_URL, ${hostname}, is not known from here.`,
        'Correct it, or enter it into DNS. If only browsers are to know it, all is well.',
      ),
    ]
  }
}
