import { connect, type PeerCertificate } from 'node:tls'
import { isIP } from 'node:net'
import { certificateNotices, soonDays } from '../options/startup-notices.ts'
import { check, finding, type Finding } from './check.ts'
import { networkTrouble } from './network-trouble.ts'
import type { Patient } from './patient.ts'

type Id = 'tls.trusted' | 'tls.expiry'

const patienceMilliseconds = 8000

export const checkTls = check<Id>({
  title: 'TLS',
  tells: {
    'tls.trusted':
      'Whether the certificates of provider, APIs and Redis are trusted here and are for their host names.',
    'tls.expiry': `Whether one of them, or the client's own, expires within ${soonDays} days.`,
  },
  async run(patient) {
    const found = await Promise.all(targets(patient).map((url) => look(url, patient)))
    return [...found.flat(), ...ownCertificate(patient)]
  },
})

function ownCertificate({ settings }: Patient): readonly Finding<Id>[] {
  const { clientCertificate } = settings.provider
  return certificateNotices(clientCertificate, settings.clock.now()).map((text) =>
    finding('tls.expiry', 'warning', text, 'Replace it, and have it registered where it must be.'),
  )
}

/** Each host once. What a host's TLS says holds for every path. */
function targets({ settings }: Patient): readonly URL[] {
  const { provider, upstreams, store } = settings
  const urls = [
    provider.issuer,
    ...upstreams.map(({ target }) => target),
    ...(typeof store === 'string' && store.startsWith('rediss:') ? [new URL(store)] : []),
  ]
  const secure = urls.filter(({ protocol }) => protocol === 'https:' || protocol === 'rediss:')
  return [...new Map(secure.map((url) => [url.host, url])).values()]
}

async function look(url: URL, { settings }: Patient): Promise<readonly Finding<Id>[]> {
  try {
    const certificate = await certificateOf(url)
    const expiresAt = Date.parse(certificate.valid_to)
    const days = Math.floor((expiresAt - settings.clock.milliseconds()) / 86_400_000)
    return [
      finding('tls.trusted', 'ok', `The certificate of ${url.host} is trusted.`),
      ...(days < soonDays
        ? [
            finding(
              'tls.expiry',
              'warning',
              `The certificate of ${url.host} expires in ${days} ${days === 1 ? 'day' : 'days'}.`,
              'Renew it, and see that it renews itself from now on.',
            ),
          ]
        : []),
    ]
  } catch (error) {
    const { isTls, text, cure } = networkTrouble(error, url)
    // Who can't be reached at all is told by the check of whom it is.
    return isTls
      ? [finding('tls.trusted', 'fault', `${url.host} is not trusted: ${text}.`, cure)]
      : []
  }
}

/** As it is checked when the server calls: NODE_EXTRA_CA_CERTS counts. */
function certificateOf(url: URL): Promise<PeerCertificate> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(url.port || (url.protocol === 'rediss:' ? 6379 : 443)),
      ...(isIP(host) === 0 ? { servername: host } : {}),
    })
    socket.setTimeout(patienceMilliseconds, () => {
      socket.destroy(Object.assign(new Error('too late'), { code: 'ETIMEDOUT' }))
    })
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate())
      socket.destroy()
    })
  })
}
