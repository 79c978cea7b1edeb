import { defaultClaims } from '../base/claims.ts'
import type { Config } from './config.ts'
import type { BffOptions, ProviderOptions, SessionOptions } from './options.ts'
import type { Fault } from './fault.ts'
import {
  anything,
  flag,
  group,
  isRecord,
  number,
  text,
  texts,
  textsByName,
  type Shape,
} from './shapes.ts'

/** No I/O. Every option but those that are lists of rows, and what its value must be. */

export interface OptionField {
  readonly shape: Shape
  /** Where no variable fills it, or not with the same: else that one's is told. */
  readonly meaning?: string
  readonly default?: string
  readonly fields?: Readonly<Record<string, OptionField>>
}

type OptionFields<T> = { readonly [Name in keyof T]-?: OptionField }

const secrets: Shape = (value, option) =>
  isRecord(value) && typeof value['current'] === 'function' ? [] : texts(value, option)

const source: Shape = (value, option) =>
  isRecord(value) && typeof value['current'] === 'function'
    ? []
    : [{ option, text: 'is not an object with a function current().' }]

const store: Shape = (value, option) =>
  isRecord(value) && isRecord(value['keyValue']) ? [] : text(value, option)

/** The fields of the provider's options. `docs/configuration.md` is made from these tables. */
const providerFields = {
  preset: { shape: text },
  issuer: { shape: text },
  discoveryUrl: { shape: text },
  clientId: { shape: text },
  clientSecret: { shape: text },
  clientAuthentication: { shape: text },
  clientKeys: {
    shape: text,
    meaning: 'As `OIDC_CLIENT_KEY`: the text of the keys, not the name of a file.',
  },
  clientJwksPath: {
    shape: (value, option) => (value === null ? [] : text(value, option)),
  },
  clientAssertionAudience: {
    shape: text,
    default: '`issuer`',
    meaning:
      'Whom the assertions of `private_key_jwt` are made for: `issuer`, or `token-endpoint` for providers that take nothing else.',
  },
  scope: { shape: text },
  authorizeParameters: { shape: textsByName },
  endSessionUrl: { shape: text },
  endSessionReturnParameter: {
    shape: text,
    default: '`post_logout_redirect_uri`',
    meaning:
      'By which name the provider is told where to come back to at the end of its session. With any other it gets this and the client’s id alone, and the browser comes back to `/`.',
  },
  endSessionHint: {
    shape: text,
    default: '`optional`',
    meaning:
      'The ID token that tells the provider whose session is to end. `optional`: sent where a form signs out, and not where script does, which must not see it. `while-valid`: not once it has expired. `required`: the browser is not sent to a provider that would refuse it for want of one, so script signs out here alone.',
  },
  revokeAtSignOut: {
    shape: text,
    default: '`both`',
    meaning:
      'Which tokens of a session the provider is asked to revoke when it ends: `both`, `refresh-token` or `neither`. Grants are revoked in any case.',
  },
  idTokenAlgorithm: {
    shape: text,
    default: 'any asymmetric one that the provider offers',
    meaning: 'The one algorithm that the provider signs tokens for this client with.',
  },
  pushedRequests: {
    shape: text,
    default: '`when-offered`',
    meaning:
      'Whether an authorization request is handed to the provider from server to server, and the browser carries a reference alone (RFC 9126): `when-offered`, or `when-required`, which saves a request at each sign-in.',
  },
  signedRequests: {
    shape: text,
    default: '`when-required`',
    meaning:
      'Whether an authorization request is [signed](client-authentication.md#signed-requests) with the client’s key (JAR, RFC 9101): `when-required`, or `always`.',
  },
  responseMode: {
    shape: text,
    default: '`query`',
    meaning:
      '`jwt`: the provider’s answer comes back with the browser [in a JWT that it signs](client-authentication.md#signed-answers) (JARM), and a plain one is refused.',
  },
  encryptedAnswers: {
    shape: texts,
    default: 'none',
    meaning:
      'What must come [encrypted](client-authentication.md#encrypted-answers): `id_token`, `authorization`, `userinfo`. What is not named may.',
  },
  clientCertificate: {
    shape: text,
    meaning: 'The text of what `OIDC_TLS_CERT_FILE` names, not the name of a file.',
  },
  clientCertificateKey: {
    shape: text,
    meaning: 'The text of what `OIDC_TLS_KEY_FILE` names, not the name of a file.',
  },
  credentialSource: {
    shape: source,
    default: 'none',
    meaning:
      'Where `clientKeys`, `clientCertificate` and `clientCertificateKey` are read anew: an object whose `current()` gives all that there are of them. Files that the environment names are [followed without it](client-authentication.md#renewed-without-a-restart), and it is asked for the rest.',
  },
  profile: { shape: (value, option) => (value === null ? [] : text(value, option)) },
  dpop: { shape: flag },
  acceptBearerTokens: {
    shape: flag,
    default: '`false`',
    meaning:
      'With `dpop`: whether a bearer token is taken where the provider gives one all the same ([what that costs](dpop.md#when-the-provider-gives-bearer-tokens)).',
  },
  trustedAudiences: {
    shape: texts,
    default: 'none',
    meaning: 'Who else a token may be made for: ID tokens and logout tokens.',
  },
  userinfo: {
    shape: text,
    default: '`when-needed`',
    meaning:
      '`when-needed`: a name and an address, or one of `session.claims`, that the ID token lacks are fetched from userinfo. `never`: they are not. `after-refresh`: what userinfo tells is fetched at each renewal, too, which takes as much longer.',
  },
  introspection: {
    // By its rule, where all options are checked.
    shape: anything,
  },
  introspectByUserinfo: {
    shape: flag,
    default: '`false`',
    meaning:
      'Whether userinfo serves for introspection where the provider has no endpoint for it. Only where userinfo takes this client’s access tokens: it must not refuse them for their audience.',
  },
  requireLogoutTokenType: {
    shape: flag,
    default: '`false`',
    meaning: 'Whether a logout token must say `typ: logout+jwt`.',
  },
  acceptLogoutTokensWithoutExpiry: {
    shape: flag,
    default: '`false`',
    meaning: 'Whether a logout token may lack `exp`.',
  },
} satisfies OptionFields<ProviderOptions>

const sessionFields = {
  secrets: { shape: secrets },
  mode: { shape: text },
  claims: {
    shape: texts,
    default: defaultClaims.map((name) => `\`${name}\``).join(', '),
    meaning:
      'The claims that a session keeps and `/auth/session` tells the page as `user`, beside `sub`, in the place of these. They lie in the cookie: keep to what the page shows.',
  },
  idleSeconds: { shape: number },
  maxSeconds: { shape: number },
  replaySeconds: {
    shape: number,
    default: '`60`',
    meaning: 'How long a call may come late with a cookie from before a refresh.',
  },
} satisfies OptionFields<SessionOptions>

export const optionFields = {
  publicUrl: { shape: text },
  provider: { shape: group(shapesOf(providerFields)), fields: providerFields },
  // Row by row where all options are checked, as are grants and jobs.
  upstreams: { shape: anything, meaning: 'A table of APIs: [a row](#a-row-of-upstreams).' },
  session: { shape: group(shapesOf(sessionFields)), fields: sessionFields },
  grants: {
    shape: anything,
    default: 'none',
    meaning: 'What the app may ask a user for, to act while they are away: [a grant](#grants).',
  },
  store: { shape: store },
  jobs: {
    shape: anything,
    default: 'none',
    meaning: 'What is done with the grants: [jobs](#jobs-and-jobrunner).',
  },
  jobRunner: { shape: anything, meaning: '[Where and how fast](#jobs-and-jobrunner) they run.' },
  spaDir: { shape: (value, option) => (value === null ? [] : text(value, option)) },
  signInFailedPath: {
    shape: (value, option) => (value === null ? [] : text(value, option)),
    default: 'none',
    meaning:
      'A path of the app that shows [sign-ins that failed](problems.md#sign-ins-that-fail) in the place of Strongroom’s own page.',
  },
  trustedProxies: { shape: texts },
  rateLimitPerMinute: { shape: number },
  onEvent: {
    shape: callback,
    default: 'none',
    meaning:
      'A function that is told what has happened to users and sessions: [events](library.md#events).',
  },
  telemetry: {
    shape: having('record'),
    default: 'JSON lines on standard output',
    meaning: 'Where events go in the place of the log: [telemetry](library.md#events).',
  },
  clock: {
    shape: having('now', 'milliseconds'),
    default: 'the system’s',
    meaning: 'What time it is, for tests.',
  },
  fetch: {
    shape: callback,
    default: 'the runtime’s',
    meaning:
      'Calls the provider, and then the APIs too, such as over a proxy. By default the APIs are called over node:http, which streams uploads.',
  },
} satisfies OptionFields<BffOptions>

const shape = group(shapesOf(optionFields))

/** Names that nobody knows, and values of the wrong type: what an editor would have said of the file. */
export function checkConfig(value: Config): readonly Fault[] {
  return shape(value, '')
}

/** The same configuration without what can't be read of it, so that all else can still be checked. */
export function withoutFaulty<T extends object>(config: T, faults: readonly Fault[]): T {
  const kept = { ...(config as Readonly<Record<string, unknown>>) }
  for (const { option } of faults) {
    const [first = '', second] = option.split('.')
    const value = kept[first]
    if (second === undefined || !isRecord(value)) delete kept[first]
    else {
      const { [second]: _faulty, ...rest } = value
      kept[first] = rest
    }
  }
  return kept as object as T
}

function callback(...[value, option]: Parameters<Shape>): ReturnType<Shape> {
  return typeof value === 'function' ? [] : [{ option, text: 'is not a function.' }]
}

function having(...names: readonly string[]): Shape {
  return (value, option) =>
    isRecord(value) && names.every((name) => typeof value[name] === 'function')
      ? []
      : [
          {
            option,
            text: `is not an object with ${names.map((name) => `${name}()`).join(' and ')}.`,
          },
        ]
}

function shapesOf(fields: Readonly<Record<string, OptionField>>): Readonly<Record<string, Shape>> {
  return Object.fromEntries(Object.entries(fields).map(([name, { shape }]) => [name, shape]))
}
