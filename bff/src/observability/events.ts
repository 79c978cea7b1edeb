import type { SessionEnd } from '../base/failure.ts'
import type { SealPurpose } from '../base/key-ring.ts'
import {
  choice,
  code,
  flag,
  name,
  nameOrNull,
  names,
  number,
  numberOrNull,
  text,
  type Field,
} from './event-fields.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/** What an event is about. */
export type EventGroup =
  | 'sign-in'
  | 'session'
  | 'sign-out'
  | 'refusal'
  | 'key'
  | 'grant'
  | 'job'
  | 'part'
  | 'process'

export interface EventKind {
  readonly group: EventGroup
  readonly level: Level
  readonly says: string
  readonly fields: Readonly<Record<string, Field>>
}

const sid = name('our own random name of the session, known to nobody else')
const sub = name('the user, as the provider names them')
const requestId = name('the request, as its answer’s `X-Request-Id` names it')
const detail = text('class and codes of the error, or what did not hold up')
const grant = name('the grant, as the options name it')
const connection = name('our own random name of this consent')
const job = name('the job, as the options name it')
const run = name('our own random name of this run')
const prefix = name('the upstream, by the prefix of its row')
const tries = number('how often it was tried')
const tokenKind = choice('which of the two', 'refresh', 'access')
const purpose = choice<SealPurpose>(
  'what was sealed',
  'session',
  'ticket',
  'login',
  'logout',
  'store',
  'connect',
  'grant',
)
const revocation = (says: string) =>
  choice(says, 'revoked', 'unsupported', 'failed', 'queued', 'none')

/**
 * Everything that is ever logged, and what each line holds. No field can hold a token, a code, a cookie or a secret: the types
 * keep the tokens out, and a test reads every event that any test causes. `docs/events.md` is made from this table.
 */
export const events = {
  'signed-in': {
    group: 'sign-in',
    level: 'info',
    says: 'Somebody has signed in.',
    fields: { sid, sub, cookieBytes: number('how large the session is as a cookie') },
  },
  'sign-in-failed': {
    group: 'sign-in',
    level: 'warn',
    says: 'A sign-in came to nothing.',
    fields: { kind: code('the failure, such as `sign-in-refused`'), detail, requestId },
  },
  'sign-in-given-up': {
    group: 'sign-in',
    level: 'info',
    says: 'Cancelled, or refused by the provider, in a browser that has a session all along.',
    fields: { sid, providerCode: code('what the provider called it') },
  },
  'sign-in-loop': {
    group: 'sign-in',
    level: 'warn',
    says: 'An app that went round between sign-in and 401 was stopped: the API likely refuses every token.',
    fields: { rounds: number('how many rounds it went'), requestId },
  },
  'userinfo-failed': {
    group: 'sign-in',
    level: 'warn',
    says: 'What userinfo tells of the user could not be had; the sign-in, or the session, went on without.',
    fields: { detail },
  },

  'session-ended': {
    group: 'session',
    level: 'info',
    says: 'A session ended otherwise than by a sign-out in its own browser.',
    fields: {
      sid,
      end: choice<SessionEnd>(
        'why',
        'signed-out',
        'signed-out-elsewhere',
        'signed-out-at-provider',
        'replaced',
        'user-changed',
        'idle',
        'absolute',
        'token-expired',
        'refresh-refused',
        'token-revoked',
        'superseded',
      ),
      detail,
    },
  },
  'session-large': {
    group: 'session',
    level: 'warn',
    says: 'A session takes more than 7 kB of cookie. Above 12 kB it is refused.',
    fields: { bytes: number('how large it is as a cookie') },
  },
  refreshed: {
    group: 'session',
    level: 'debug',
    says: 'The tokens of a session were renewed.',
    fields: { sid, generation: number('how often they have been') },
  },
  'refresh-failed': {
    group: 'session',
    level: 'warn',
    says: 'They could not be. Whether the session is over, `session-ended` tells.',
    fields: { sid, kind: code('the failure, such as `provider-unreachable`'), detail },
  },
  'token-check-failed': {
    group: 'session',
    level: 'warn',
    says: 'The provider did not say whether an access token is good still. The session goes on, and the provider is left alone for a moment.',
    fields: { sid, kind: code('the failure, such as `provider-unreachable`'), detail },
  },
  'late-call-served': {
    group: 'session',
    level: 'debug',
    says: 'A call with a cookie from before a refresh came within the replay window, and was served.',
    fields: { sid, generationsBehind: number('how many refreshes it is behind') },
  },
  'refresh-token-reused': {
    group: 'session',
    level: 'warn',
    says: 'Suspected reuse: a cookie from before a refresh came after the replay window. It may have been stolen, and was refused.',
    fields: { sid, generation: number('the one that the cookie is of') },
  },
  'refusals-en-masse': {
    group: 'session',
    level: 'error',
    says: 'The provider refuses many sessions at once, so the client is likely misconfigured. Nobody is signed out for it.',
    fields: {
      sessions: number('how many'),
      providerCode: code('what the provider called it last'),
    },
  },
  'id-token-left-out': {
    group: 'session',
    level: 'warn',
    says: 'The ID token that came with a refresh could not be checked; the one from before stays.',
    fields: { detail },
  },
  'access-token-not-bound': {
    group: 'session',
    level: 'warn',
    says: 'An access token is not bound to the client’s certificate, though a row shows that to its API: have the provider bind them. Told once.',
    fields: { detail },
  },
  'narrowing-refused': {
    group: 'session',
    level: 'error',
    says: 'No token for one API of the table: look at its row, unless it is about this user alone.',
    fields: { sid, prefix, providerCode: code('what the provider called it') },
  },
  'narrowing-failed': {
    group: 'session',
    level: 'warn',
    says: 'No token for one API of the table, for now.',
    fields: { sid, prefix, kind: code('the failure'), detail },
  },
  'scopes-wider': {
    group: 'session',
    level: 'warn',
    says: 'A token for one API may do more than its row asks for, by what the provider says. It is used all the same. Told once for each demand.',
    fields: {
      audience: text('the API, as the row names it to the provider'),
      asked: text('the scopes of the row'),
      wider: text('those that came beside, `other` where it does not look like one'),
    },
  },
  'client-token-failed': {
    group: 'session',
    level: 'error',
    says: 'No token of the app’s own for one API of the table: look at its row, and at what the provider allows this client.',
    fields: { prefix, kind: code('the failure'), detail },
  },
  'event-streams-full': {
    group: 'session',
    level: 'warn',
    says: 'More live event streams than one session, or this process, may have open.',
    fields: { sid, limit: choice('which limit', 'session-full', 'process-full') },
  },

  'signed-out': {
    group: 'sign-out',
    level: 'info',
    says: 'Somebody has signed out.',
    fields: {
      sid,
      refreshToken: revocation('what became of it at the provider'),
      accessToken: revocation('what became of it at the provider'),
    },
  },
  'signed-out-at-provider': {
    group: 'sign-out',
    level: 'info',
    says: 'The provider ended sessions, by its back channel or its front channel.',
    fields: {
      channel: choice('how it told', 'back', 'front'),
      scope: choice('one session there, or all of a user', 'session', 'user'),
      reach: choice('`here` while the store can’t be reached', 'everywhere', 'here'),
    },
  },
  'provider-logout-refused': {
    group: 'sign-out',
    level: 'warn',
    says: 'A logout token was refused.',
    fields: { reason: text('what did not hold up, such as `signature`'), detail, requestId },
  },
  'sign-out-answer-unknown': {
    group: 'sign-out',
    level: 'info',
    says: 'A browser came back from a sign-out that was not begun here. Told once a minute; the rest at `debug` alone.',
    fields: { requestId },
  },
  'revocation-failed': {
    group: 'sign-out',
    level: 'warn',
    says: 'The provider did not revoke a token, this time.',
    fields: { token: tokenKind, detail },
  },
  'revocation-queued': {
    group: 'sign-out',
    level: 'info',
    says: 'A token is to be revoked later: it waits in the outbox.',
    fields: { sid, token: tokenKind },
  },
  'revocation-done': {
    group: 'sign-out',
    level: 'info',
    says: 'A token of the outbox is settled.',
    fields: {
      sid,
      token: tokenKind,
      how: choice('`expired`: it ended by itself before it could be revoked', 'revoked', 'expired'),
      tries,
    },
  },
  'revocation-given-up': {
    group: 'sign-out',
    level: 'error',
    says: 'A token of the outbox could not be revoked. It lives until it expires.',
    fields: {
      sid,
      token: tokenKind,
      reason: choice('why', 'refused', 'unsupported', 'too-late'),
      tries,
    },
  },
  'revocations-overflow': {
    group: 'sign-out',
    level: 'error',
    says: 'The outbox is full: the tokens of this sign-out are not kept for a later try.',
    fields: { waiting: number('sessions whose tokens wait') },
  },
  'predecessors-overflow': {
    group: 'sign-out',
    level: 'warn',
    says: 'More than eight sign-ins of a user took each other’s place in one browser: the tokens of the oldest will not be revoked at the sign-out.',
    fields: { sid, left: number('sessions whose tokens are left to the provider') },
  },

  'request-refused': {
    group: 'refusal',
    level: 'info',
    says: 'A request was refused that no page of the app would send. Each reason is told once a minute; the rest at `debug` alone.',
    fields: {
      reason: choice(
        '`csrf`: without the header, or from another origin; `owner-changed`: of a page that was drawn for another user; `not-a-navigation`: a sign-in that is no navigation',
        'csrf',
        'owner-changed',
        'not-a-navigation',
      ),
      requestId,
    },
  },
  'rate-limited': {
    group: 'refusal',
    level: 'warn',
    says: 'A network went over a limit. Told once for each network, group and minute.',
    fields: {
      group: code('what it did too often'),
      unnamedProxy: flag(
        'it came over a proxy that `TRUSTED_PROXIES` does not name, so all who come over it were counted as one',
      ),
      requestId,
    },
  },
  'unnamed-proxy': {
    group: 'refusal',
    level: 'warn',
    says: 'A proxy that `TRUSTED_PROXIES` does not name, or somebody who calls from our own network as if over one. Told once.',
    fields: { address: name('the proxy’s') },
  },
  'seal-refused': {
    group: 'refusal',
    level: 'info',
    says: 'A cookie, or a thing of the store, did not open. Each kind is told once a minute; the rest at `debug` alone.',
    fields: {
      purpose,
      reason: choice(
        '`unknown-key`: sealed by a key that is not in use here; `tampered`: changed, cut or never a seal; `misshapen`: it opened, and holds what this version can’t read; `doubled`: two cookies claim to be the same one',
        'unknown-key',
        'tampered',
        'misshapen',
        'doubled',
      ),
    },
  },
  'seal-expired': {
    group: 'refusal',
    level: 'debug',
    says: 'It opened, and is over by the clock.',
    fields: { purpose },
  },

  'keys-in-use': {
    group: 'key',
    level: 'info',
    says: 'Secrets came into use: at the start, and when they were rotated.',
    fields: {
      keys: names(
        'ids of the keys, the one that seals first; they follow from the secrets and tell nothing of them',
      ),
    },
  },
  'keys-all-new': {
    group: 'key',
    level: 'warn',
    says: 'None of the secrets of before is among the new ones: everybody is signed out, as is right after a leak alone.',
    fields: {},
  },
  'keys-refused': {
    group: 'key',
    level: 'error',
    says: 'New secrets that can’t be used: those of before stay in use.',
    fields: { detail },
  },
  'credentials-renewed': {
    group: 'key',
    level: 'info',
    says: 'Keys or a certificate of the client’s own were replaced where they come from, and are in use.',
    fields: {
      keys: names(
        'the `kid` of each key, and the SHA-256 thumbprint of the certificate, which is its `kid` where it is published',
      ),
    },
  },
  'credentials-refused': {
    group: 'key',
    level: 'error',
    says: 'New keys or a new certificate of the client’s own that can’t be used: those of before stay in use.',
    fields: { detail },
  },
  'seal-opened': {
    group: 'key',
    level: 'debug',
    says: 'A seal was opened, and by which key: an old one that opens nothing any more can go.',
    fields: { purpose, key: name('the id of the key') },
  },

  'grant-connected': {
    group: 'grant',
    level: 'info',
    says: 'A user has given the app a consent for what it does while they are away.',
    fields: { grant, connection, sub },
  },
  'grant-connect-failed': {
    group: 'grant',
    level: 'warn',
    says: 'A user went to give one, and it came to nothing.',
    fields: { kind: code('the failure, such as `connect-refused`'), detail, requestId },
  },
  'grant-withdrawn': {
    group: 'grant',
    level: 'info',
    says: 'It was withdrawn.',
    fields: { grant, connection },
  },
  'grant-refreshed': {
    group: 'grant',
    level: 'debug',
    says: 'Its tokens were renewed.',
    fields: { grant, connection, generation: number('how often they have been') },
  },
  'grant-refresh-failed': {
    group: 'grant',
    level: 'warn',
    says: 'They could not be.',
    fields: { grant, connection, kind: code('the failure'), detail },
  },
  'grant-answer-found': {
    group: 'grant',
    level: 'info',
    says: 'The answer to a refresh that another process began and did not live to end.',
    fields: { grant, connection },
  },
  'grant-scopes-reduced': {
    group: 'grant',
    level: 'warn',
    says: 'The provider gives less than before.',
    fields: { grant, connection, scopes: text('those that are gone') },
  },
  'grant-broken': {
    group: 'grant',
    level: 'warn',
    says: 'It is of no use any more, until the user connects it anew.',
    fields: { grant, connection, reason: code('why, such as `refused`') },
  },
  'courier-lost': {
    group: 'grant',
    level: 'warn',
    says: 'The process that makes the token requests of grants ended by itself. The next request starts another.',
    fields: { detail },
  },

  'jobs-running': {
    group: 'job',
    level: 'info',
    says: 'A process for jobs alone has begun.',
    fields: { jobs: names('which') },
  },
  'job-run-started': {
    group: 'job',
    level: 'debug',
    says: 'A run was begun.',
    fields: {
      job,
      run,
      sub,
      startedBy: choice('by whom', 'schedule', 'user', 'operator'),
      attempt: number('which try of this instant it is'),
    },
  },
  'job-run-ended': {
    group: 'job',
    level: 'info',
    says: 'A run ended, or an instant for which none was begun.',
    fields: {
      job,
      run: nameOrNull('our own name of it; null where none was begun, or its process had died'),
      sub,
      outcome: code('[how](jobs.md#outcomes)'),
      seconds: number('how long it took'),
      retryAt: numberOrNull('when it is tried again, if it is'),
    },
  },
  'job-run-failed': {
    group: 'job',
    level: 'warn',
    says: 'What a job threw.',
    fields: { job, run, detail },
  },
  'job-run-abandoned': {
    group: 'job',
    level: 'warn',
    says: 'A run heeds no signal. It can call nothing any more, and is left to itself.',
    fields: { job, run },
  },
  'job-said': {
    group: 'job',
    level: 'info',
    says: 'The job’s own words.',
    fields: { job, run, text: text('what it said') },
  },
  'job-runner-failed': {
    group: 'job',
    level: 'error',
    says: 'What is due could not be found out, or not be begun.',
    fields: { job, detail },
  },

  'provider-discovered': {
    group: 'part',
    level: 'info',
    says: 'The provider’s discovery document was read.',
    fields: { issuer: name('the provider') },
  },
  'provider-unreachable': {
    group: 'part',
    level: 'warn',
    says: 'It could not be had, or not be trusted. What is known of it serves on.',
    fields: { detail },
  },
  'store-unreachable': {
    group: 'part',
    level: 'error',
    says: 'The store failed three times in a row, and is left alone for a moment.',
    fields: { detail },
  },
  'store-reachable': {
    group: 'part',
    level: 'info',
    says: 'It answers again.',
    fields: {},
  },
  'journal-restarted': {
    group: 'part',
    level: 'warn',
    says: 'The store has lost what it held. What this process knows of ended sessions is told anew.',
    fields: { marks: number('how many') },
  },
  'call-failed': {
    group: 'part',
    level: 'warn',
    says: 'A call failed for a reason that an operator can do something about.',
    fields: { kind: code('the failure, such as `upstream-timeout`'), detail, requestId },
  },
  'client-left': {
    group: 'part',
    level: 'debug',
    says: 'A caller went away before their answer.',
    fields: { requestId },
  },
  'unexpected-error': {
    group: 'part',
    level: 'error',
    says: 'A fault of Strongroom’s: the answer was a 500 that tells nothing.',
    fields: { detail, stack: text('where; no message is in it'), requestId },
  },

  'event-hook-failed': {
    group: 'process',
    level: 'error',
    says: 'The app’s own `onEvent` threw. What it was told of was done all the same.',
    fields: { event: name('the event that it was told'), detail },
  },
  listening: {
    group: 'process',
    level: 'info',
    says: 'The server takes calls from now on.',
    fields: {
      address: name('where'),
      url: name('`PUBLIC_URL`'),
      store: name('which, without its password'),
    },
  },
  'metrics-listening': {
    group: 'process',
    level: 'info',
    says: 'The metrics can be read from now on.',
    fields: { address: name('where') },
  },
  stopping: {
    group: 'process',
    level: 'info',
    says: 'The process was told to stop, and ends what is under way.',
    fields: { signal: code('by which signal') },
  },
  'worker-started': {
    group: 'process',
    level: 'info',
    says: 'A worker was started.',
    fields: { worker: number('which'), pid: number('its process id') },
  },
  'worker-died': {
    group: 'process',
    level: 'error',
    says: 'A worker ended by itself, and is started again.',
    fields: {
      worker: number('which'),
      pid: number('its process id'),
      how: text('the signal that ended it, or its exit code'),
      againInSeconds: number('when it is started again'),
    },
  },
  notice: {
    group: 'process',
    level: 'warn',
    says: 'A setting that works and is likely not meant so.',
    fields: { text: text('which, and the cure') },
  },
} satisfies Record<string, EventKind>

export type EventName = keyof typeof events

type Fields<Name extends EventName> = (typeof events)[Name]['fields']

type EventOf<Name extends EventName> = { readonly name: Name } & {
  readonly [F in keyof Fields<Name>]: Fields<Name>[F] extends Field<infer T> ? T : never
}

/** What happened. */
export type Event = { readonly [Name in EventName]: EventOf<Name> }[EventName]
