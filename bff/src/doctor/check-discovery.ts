import { checkMetadata } from '../provider/check-metadata.ts'
import { PlainError } from '../base/plain-error.ts'
import { isRecord } from '../options/shapes.ts'
import { check, finding, type Finding } from './check.ts'
import { networkTrouble } from './network-trouble.ts'
import type { Patient } from './patient.ts'
import { textOf, wellKnown, type ProviderDocument } from './provider-document.ts'

type Id =
  | 'discovery.reachable'
  | 'discovery.issuer'
  | 'discovery.content-type'
  | 'discovery.endpoints'
  | 'discovery.keys'

type Found = Finding<Id>

export const checkDiscovery = check<Id>({
  title: 'Discovery',
  tells: {
    'discovery.reachable':
      'Whether the provider’s discovery document can be had from this machine, without a redirect.',
    'discovery.issuer':
      'Whether it names the issuer to the letter of `OIDC_ISSUER`, slash at the end included.',
    'discovery.content-type': 'Whether it says that it is JSON.',
    'discovery.endpoints': 'Whether the endpoints in it are there and are `https:`.',
    'discovery.keys':
      'Whether the keys that ID tokens are checked with can be had, and hold one that is asymmetric.',
  },
  async run(patient) {
    const document = await patient.document()
    const { answer, metadata } = document
    if (answer === null) return [unreachable(document)]
    if (metadata === null) return [noDocument(document)]
    const issuer = issuerFinding(patient, textOf(metadata, 'issuer'))
    return [
      finding('discovery.reachable', 'ok', `The discovery document is at ${document.url.href}.`),
      ...contentType(answer.headers.get('content-type') ?? ''),
      issuer,
      ...(issuer.level === 'ok' ? [endpoints(patient, metadata)] : []),
      ...(await keys(patient, textOf(metadata, 'jwks_uri'))),
    ]
  },
})

function unreachable({ url, error }: ProviderDocument): Found {
  const { isTls, text, cure } = networkTrouble(error, url)
  return finding(
    'discovery.reachable',
    'fault',
    `The provider can’t be reached at ${url.origin}: ${text}.`,
    isTls ? 'The cure is told below, under TLS.' : cure,
  )
}

function noDocument({ url, answer }: ProviderDocument): Found {
  const { status = 0, headers } = answer ?? {}
  const fault = (text: string, cure: string) => finding('discovery.reachable', 'fault', text, cure)
  const location = headers?.get('location') ?? null
  if (status >= 300 && status < 400 && location !== null) return redirected(url, location)
  if (status === 200)
    return fault(
      `What is at ${url.href} is not JSON: it is no discovery document.`,
      'Set OIDC_ISSUER to the issuer alone. Where a login page or an app answers every path, it is the wrong host.',
    )
  return fault(
    `The provider answers ${status} at ${url.href}.`,
    url.pathname.split(wellKnown.slice(0, 12)).length > 2
      ? `Leave ${wellKnown} out of OIDC_ISSUER.`
      : status === 404
        ? 'OIDC_ISSUER lacks a part of its path or has one too many: a realm, a tenant or an authorization server (/realms/<realm> at Keycloak, /<tenant>/v2.0 at Entra ID).'
        : 'Look at what the provider, or the proxy before it, says of it.',
  )
}

/** The next host would be handed the client's secret: nothing here follows a redirect. */
function redirected(url: URL, location: string): Found {
  const target = URL.parse(location, url.href)
  const issuer = target?.pathname.endsWith(wellKnown)
    ? target.origin + target.pathname.slice(0, -wellKnown.length)
    : null
  return finding(
    'discovery.reachable',
    'fault',
    `The provider answers with a redirect to ${target?.origin ?? 'elsewhere'}, which is not followed: the next host would be handed the client’s secret.`,
    issuer === null
      ? 'Set OIDC_ISSUER to where it leads, if that is your provider.'
      : `Set OIDC_ISSUER=${issuer}, if that is your provider.`,
  )
}

function contentType(said: string): readonly Found[] {
  if (/^application\/([\w.-]+\+)?json\b/i.test(said)) return []
  return [
    finding(
      'discovery.content-type',
      'fault',
      `The discovery document says that it is ${/^[\w./+-]{1,60}/.exec(said)?.[0] ?? 'nothing'}, not application/json, and is refused for that.`,
      'Let what serves it send Content-Type: application/json.',
    ),
  ]
}

function issuerFinding({ settings }: Patient, named: string | null): Found {
  const { issuerIdentifier: asked } = settings.provider
  const fault = (text: string, cure: string) => finding('discovery.issuer', 'fault', text, cure)
  if (named === asked)
    return finding('discovery.issuer', 'ok', `It speaks for ${asked}, to the letter.`)
  const url = named === null ? null : URL.parse(named)
  if (named === null || url === null || url.username + url.password + url.search + url.hash !== '')
    return fault('It names no issuer that could be one.', 'Mend it at the provider.')
  const cure = `Set OIDC_ISSUER=${named}`
  if (named === `${asked}/`)
    return fault('OIDC_ISSUER lacks the slash that the provider’s issuer has at its end.', cure)
  if (`${named}/` === asked)
    return fault('OIDC_ISSUER has a slash at its end that the provider’s issuer lacks.', cure)
  if (/[{}]/.test(decodeURIComponent(named)))
    return fault(
      `It speaks for ${named}, which stands for every tenant.`,
      'Use the issuer of one tenant, with its id in the place of {tenantid}.',
    )
  if (url.protocol === 'http:' && asked.startsWith('https:'))
    return fault(
      `It speaks for ${named}: the provider does not know that it is behind TLS.`,
      'Tell the provider its public URL, and let the proxy before it send X-Forwarded-Proto.',
    )
  return fault(
    `It speaks for ${named}, not for ${asked}.`,
    `${cure}, if that is the name by which browsers reach it; else tell the provider its public URL.`,
  )
}

function endpoints({ settings }: Patient, metadata: Readonly<Record<string, unknown>>): Found {
  try {
    checkMetadata(
      { ...metadata, issuer: String(metadata['issuer']) },
      settings.provider.issuerIdentifier,
    )
    return finding('discovery.endpoints', 'ok', 'The endpoints in it are there.')
  } catch (error) {
    const text = error instanceof PlainError ? error.message : 'an endpoint can’t be used'
    return finding(
      'discovery.endpoints',
      'fault',
      `${text.charAt(0).toUpperCase()}${text.slice(1)}.`,
      'Tell the provider its public URL; its endpoints must be https:.',
    )
  }
}

async function keys(patient: Patient, location: string | null): Promise<readonly Found[]> {
  const url = location === null ? null : URL.parse(location)
  if (url === null) return []
  const fault = (text: string, cure: string) => [finding('discovery.keys', 'fault', text, cure)]
  try {
    const answer = await patient.ask(url)
    if (answer.status !== 200)
      return fault(
        `The provider answers ${answer.status} where its keys are to be (${url.origin}${url.pathname}).`,
        'Without them nobody can sign in. See that this machine may fetch them.',
      )
    const read: unknown = await answer.json()
    const list: readonly unknown[] =
      isRecord(read) && Array.isArray(read['keys']) ? read['keys'] : []
    const count = list.filter((key) => isRecord(key) && key['kty'] !== 'oct').length
    return count > 0
      ? [
          finding(
            'discovery.keys',
            'ok',
            `${count === 1 ? 'One key is' : `${count} keys are`} there to check ID tokens with.`,
          ),
        ]
      : fault(
          'The provider’s key set has no asymmetric key.',
          'Let the provider sign ID tokens with RS256, ES256 or another asymmetric algorithm.',
        )
  } catch (error) {
    const { text, cure } = networkTrouble(error, url)
    return fault(`The provider’s keys can’t be had from ${url.origin}: ${text}.`, cure)
  }
}
