import type { GrantDefinition } from '../offline/offline-grant.ts'
import { grantParameters, words } from './grant-rules.ts'
import type { GrantOptions } from './options.ts'
import { wholeNumber } from './rules.ts'
import { isRecord, numberThat, textsByName, textsThat, textThat, type Shape } from './shapes.ts'
import { shapesOf, type Fields } from './upstream-fields.ts'
import * as rules from './upstream-rules.ts'

const minuteSeconds = 60
const yearSeconds = 31_536_000

/** Every field of a grant. `docs/configuration.md` is made from this table. */
export const grantFields = {
  title: {
    meaning: 'What the user reads: a few words, such as `Nightly digest`.',
    shape: textThat(words(60)),
  },
  sentence: {
    meaning: 'What the user reads: what is done with it, in one sentence.',
    shape: textThat(words(300)),
  },
  scopes: {
    meaning:
      'What its access tokens may do. `openid` is asked for in any case, and so is `offline_access` but for what `authorizeParameters` says below.',
    shape: textsThat(rules.scopes),
  },
  resource: {
    default: 'that of a sign-in',
    meaning: 'The API that its tokens are for, as an absolute URI, sent as `resource` (RFC 8707).',
    shape: textThat(rules.resource),
  },
  longestSeconds: {
    default: '`31536000` (a year)',
    meaning: 'How long it lasts at most; then the user is asked again.',
    shape: numberThat(wholeNumber(minuteSeconds, 10 * yearSeconds)),
  },
  authorizeParameters: {
    default: 'none',
    meaning:
      'More authorization parameters, for a provider that wants others for offline access, such as Google: `{ access_type: "offline" }`, which is that of a sign-in unless it is said here. With `access_type` the scope `offline_access` is not asked for, which Google refuses. `prompt` is `consent` unless it is said here, and must hold that word.',
    shape: parameters,
  },
} satisfies Fields<GrantOptions>

export const grantShapes = shapesOf(grantFields)

/** @param ofSignIns  the parameters of a sign-in: a provider that gives refresh tokens for `access_type` does so for grants too */
export function definitionOf(
  name: string,
  grant: GrantOptions,
  ofSignIns: Readonly<Record<string, string>> = {},
): GrantDefinition {
  const { access_type } = ofSignIns
  const { title, sentence, scopes, resource, longestSeconds, authorizeParameters } = grant
  return {
    name,
    title,
    sentence,
    scopes,
    resource: resource ?? null,
    longestSeconds: longestSeconds ?? yearSeconds,
    authorizeParameters: {
      ...(access_type === undefined ? {} : { access_type }),
      ...authorizeParameters,
    },
  }
}

function parameters(...[value, option]: Parameters<Shape>): ReturnType<Shape> {
  const misshapen = textsByName(value, option)
  if (!isRecord(value)) return misshapen
  const texts = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  const text = grantParameters(Object.fromEntries(texts))
  return text === null ? misshapen : [...misshapen, { option, text }]
}
