import type { UpstreamOptions } from './options.ts'
import { upstreamTarget, wholeNumber } from './rules.ts'
import { flag, group, numberThat, onlyFalse, textsThat, textThat, type Shape } from './shapes.ts'
import * as rules from './upstream-rules.ts'

interface Field {
  readonly default?: string
  readonly meaning: string
  readonly shape: Shape
}

export type Fields<T> = { readonly [Name in keyof T]-?: Field }

const daySeconds = 86_400

/** What a token for one API is asked for. */
export const accessTokenFields = {
  by: {
    meaning:
      '`exchange` trades the session’s access token for it (RFC 8693). `refresh` asks for it with the refresh token (RFC 8707), which a provider that rotates replaces each time.',
    shape: textThat(rules.tokenSource),
  },
  resource: {
    meaning: 'The API as an absolute URI, sent as `resource`.',
    shape: textThat(rules.resource),
  },
  audience: {
    meaning: 'The API by the name that it has at the provider, sent as `audience`.',
    shape: textThat(rules.audience),
  },
  scopes: {
    meaning: 'What the token may do, sent as `scope`.',
    shape: textsThat(rules.scopes),
  },
} satisfies Fields<NonNullable<UpstreamOptions['accessToken']>>

/** What a token of the app's own is asked for. */
export const clientTokenFields = {
  resource: accessTokenFields.resource,
  audience: accessTokenFields.audience,
  scopes: accessTokenFields.scopes,
  callers: {
    default: '`signed-in`',
    meaning:
      'Whose calls it goes along with: `signed-in` (401 without a session) or `anybody`, who may then do at the API what the app may.',
    shape: textThat(rules.clientTokenCallers),
  },
} satisfies Fields<NonNullable<UpstreamOptions['clientToken']>>

/** Every field of a row of the upstream table. `docs/configuration.md` is made from this table. */
export const upstreamFields = {
  prefix: {
    meaning: 'The path that it answers below. Of several that fit, the longest wins.',
    shape: textThat(rules.prefix),
  },
  target: {
    meaning:
      'Base URL that replaces the prefix: `/api/notes` goes to `<target>/notes`, in HTTP/1.1.',
    shape: textThat(upstreamTarget),
  },
  methods: {
    default: 'all but `CONNECT` and `TRACE`',
    meaning: 'What is passed on; anything else is 405.',
    shape: textsThat(rules.methods),
  },
  token: {
    default: '`required`',
    meaning:
      'Whether the user’s access token goes along: `required` (401 without a session), `if-signed-in`, or `none`. `client`: one of the app’s own goes along in its place.',
    shape: textThat(rules.tokenDemand),
  },
  clientToken: {
    default: 'what the provider gives, for who is signed in',
    meaning: "With `token: 'client'`: what the app’s own token is asked for, see below.",
    shape: group(shapesOf(clientTokenFields)),
  },
  dpop: {
    default: 'as `provider.dpop`',
    meaning:
      '`false`: the token is a plain bearer token though others are bound to a key. Needs an `accessToken` of its own.',
    shape: onlyFalse,
  },
  accessToken: {
    default: 'the session’s own',
    meaning: 'A token that is good for this API alone: see below.',
    shape: group(shapesOf(accessTokenFields)),
  },
  acrValues: {
    default: 'any way',
    meaning:
      'How the user must have signed in: the `acr` of the session’s ID token is one of these. Else the call is answered with `step_up_required`, and nothing is sent.',
    shape: textsThat(rules.acrValues),
  },
  maxAge: {
    default: 'any time',
    meaning:
      'How long ago the user may have signed in at the provider, in seconds, by the ID token’s `auth_time`, within half a minute. Else the same.',
    shape: numberThat(wholeNumber(1, 365 * daySeconds)),
  },
  clientCertificate: {
    default: '`false`',
    meaning:
      'Whether the client’s certificate is shown to it, as an API demands whose tokens are bound to one ([mutual TLS](client-authentication.md#with-a-certificate)).',
    shape: flag,
  },
  timeoutSeconds: {
    default: '`30`',
    meaning:
      'How long nothing may move until the API’s answer begins, each piece of the request’s body starting it anew.',
    shape: numberThat(rules.seconds(3600)),
  },
  idleSeconds: {
    default: '`300`',
    meaning: 'How long nothing may move in an answer before it is broken off.',
    shape: numberThat(rules.seconds(daySeconds)),
  },
  maxBodyBytes: {
    default: 'no limit',
    meaning: 'The largest body of a request; more is 413.',
    shape: numberThat(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
  },
  retries: {
    default: '`0`',
    meaning:
      'How often a call without a body that got no answer, or a 502, 503 or 504, is made again, if its method may be repeated. At most 5.',
    shape: numberThat(wholeNumber(0, 5)),
  },
  simpleGet: {
    default: '`false`',
    meaning:
      'Lets `GET` and `HEAD` in without the header `X-CSRF` when the browser says that a page of yours sent them: for EventSource, images and downloads.',
    shape: flag,
  },
  webSockets: {
    default: '`true`',
    meaning: 'Whether WebSockets are let through, from pages of yours alone.',
    shape: flag,
  },
  requestHeaders: {
    default: 'all that are harmless',
    meaning: 'The only headers of the browser’s that go up.',
    shape: textsThat(rules.requestHeaders),
  },
  responseHeaders: {
    default: 'none',
    meaning:
      'Headers that come down though an API may not say them in your app’s name otherwise, such as `set-cookie`.',
    shape: textsThat(rules.responseHeaders),
  },
} satisfies Fields<UpstreamOptions>

export function shapesOf(fields: Readonly<Record<string, Field>>): Readonly<Record<string, Shape>> {
  return Object.fromEntries(Object.entries(fields).map(([name, { shape }]) => [name, shape]))
}
