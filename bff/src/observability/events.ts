import type { SessionEnd } from '../base/failure.ts'
import type { SealPurpose } from '../base/key-ring.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/**
 * Everything that is ever logged. No field could hold a token, a code, a cookie or a secret: keep it so.
 * `sid` is our own random name of a session, known to nobody else.
 */
export type Event =
  | {
      readonly name: 'listening'
      readonly address: string
      readonly url: string
      readonly store: string
    }
  | { readonly name: 'stopping'; readonly signal: string }
  | { readonly name: 'worker-started'; readonly worker: number; readonly pid: number }
  | {
      readonly name: 'worker-died'
      readonly worker: number
      readonly pid: number
      /** The signal that ended it, or its exit code. */
      readonly how: string
      readonly againInSeconds: number
    }
  | { readonly name: 'notice'; readonly text: string }
  | {
      readonly name: 'signed-in'
      readonly sid: string
      readonly sub: string
      readonly cookieBytes: number
    }
  | {
      readonly name: 'sign-in-failed'
      readonly kind: string
      readonly detail: string
      readonly requestId: string
    }
  /** Cancelled, or refused by the provider, in a browser that has a session all along. */
  | { readonly name: 'sign-in-given-up'; readonly sid: string; readonly providerCode: string }
  | { readonly name: 'sign-in-loop'; readonly rounds: number; readonly requestId: string }
  | {
      readonly name: 'signed-out'
      readonly sid: string
      readonly refreshToken: string
      readonly accessToken: string
    }
  | {
      readonly name: 'signed-out-at-provider'
      readonly channel: 'back' | 'front'
      /** One session there, or all of a user. */
      readonly scope: 'session' | 'user'
      readonly reach: 'everywhere' | 'here'
    }
  | {
      readonly name: 'provider-logout-refused'
      readonly reason: string
      readonly detail: string
      readonly requestId: string
    }
  | { readonly name: 'sign-out-answer-unknown'; readonly requestId: string }
  | {
      readonly name: 'session-ended'
      readonly sid: string
      readonly end: SessionEnd
      readonly detail: string
    }
  /** More live event streams than one session, or this process, may have open. */
  | {
      readonly name: 'event-streams-full'
      readonly sid: string
      readonly limit: 'session-full' | 'process-full'
    }
  /** Ids of the keys in use, the one that seals first. They follow from the secrets and tell nothing of them. */
  | { readonly name: 'keys-in-use'; readonly keys: readonly string[] }
  /** None of the secrets of before is among the new ones: everybody is signed out, as is right after a leak alone. */
  | { readonly name: 'keys-all-new' }
  /** New secrets that can't be used: those of before stay in use. */
  | { readonly name: 'keys-refused'; readonly detail: string }
  /** What the app's own `onEvent` threw of an event: its class and codes. */
  | { readonly name: 'event-hook-failed'; readonly event: string; readonly detail: string }
  | { readonly name: 'metrics-listening'; readonly address: string }
  | { readonly name: 'seal-opened'; readonly purpose: SealPurpose; readonly key: string }
  /**
   * `unknown-key`: sealed by a key that is not in use here; `tampered`: changed, cut or never a seal; `misshapen`: it opened,
   * and holds what this version can't read; `doubled`: two cookies claim to be the same one.
   */
  | {
      readonly name: 'seal-refused'
      readonly purpose: SealPurpose
      readonly reason: 'unknown-key' | 'tampered' | 'misshapen' | 'doubled'
    }
  /** It opened, and is over by the clock. */
  | { readonly name: 'seal-expired'; readonly purpose: SealPurpose }
  | { readonly name: 'session-large'; readonly bytes: number }
  | { readonly name: 'refreshed'; readonly sid: string; readonly generation: number }
  | {
      readonly name: 'refresh-failed'
      readonly sid: string
      readonly kind: string
      readonly detail: string
    }
  /** No token for one API of the table: an operator should look at the row, unless it is about this user alone. */
  | {
      readonly name: 'narrowing-refused'
      readonly sid: string
      readonly prefix: string
      readonly providerCode: string
    }
  | {
      readonly name: 'narrowing-failed'
      readonly sid: string
      readonly prefix: string
      readonly kind: string
      readonly detail: string
    }
  | { readonly name: 'late-call-served'; readonly sid: string; readonly generationsBehind: number }
  | {
      readonly name: 'revocation-failed'
      readonly token: 'refresh' | 'access'
      readonly detail: string
    }
  | {
      readonly name: 'revocation-queued'
      readonly sid: string
      readonly token: 'refresh' | 'access'
    }
  | {
      readonly name: 'revocation-done'
      readonly sid: string
      readonly token: 'refresh' | 'access'
      /** `expired`: it ended by itself before it could be revoked. */
      readonly how: 'revoked' | 'expired'
      readonly tries: number
    }
  | {
      readonly name: 'revocation-given-up'
      readonly sid: string
      readonly token: 'refresh' | 'access'
      readonly reason: 'refused' | 'unsupported' | 'too-late'
      readonly tries: number
    }
  | { readonly name: 'revocations-overflow'; readonly waiting: number }
  | { readonly name: 'jobs-running'; readonly jobs: readonly string[] }
  | {
      readonly name: 'job-run-started'
      readonly job: string
      readonly run: string
      readonly sub: string
      readonly startedBy: 'schedule' | 'user' | 'operator'
      readonly attempt: number
    }
  | {
      readonly name: 'job-run-ended'
      readonly job: string
      /** Null where none was begun, or its process had died. */
      readonly run: string | null
      readonly sub: string
      readonly outcome: string
      readonly seconds: number
      /** When it is tried again, if it is. */
      readonly retryAt: number | null
    }
  /** What a job threw: its class and codes. */
  | {
      readonly name: 'job-run-failed'
      readonly job: string
      readonly run: string
      readonly detail: string
    }
  /** It heeds no signal. It can call nothing any more, and is left to itself. */
  | { readonly name: 'job-run-abandoned'; readonly job: string; readonly run: string }
  /** The job's own words. */
  | {
      readonly name: 'job-said'
      readonly job: string
      readonly run: string
      readonly text: string
    }
  | { readonly name: 'job-runner-failed'; readonly job: string; readonly detail: string }
  /** A user has given the app a consent of its own, for what it does while they are away. */
  | {
      readonly name: 'grant-connected'
      readonly grant: string
      readonly connection: string
      readonly sub: string
    }
  | {
      readonly name: 'grant-connect-failed'
      readonly kind: string
      readonly detail: string
      readonly requestId: string
    }
  | { readonly name: 'grant-withdrawn'; readonly grant: string; readonly connection: string }
  | {
      readonly name: 'grant-refreshed'
      readonly grant: string
      readonly connection: string
      readonly generation: number
    }
  | {
      readonly name: 'grant-refresh-failed'
      readonly grant: string
      readonly connection: string
      readonly kind: string
      readonly detail: string
    }
  /** Of a refresh that another process began and did not live to end. */
  | { readonly name: 'grant-answer-found'; readonly grant: string; readonly connection: string }
  | {
      readonly name: 'grant-scopes-reduced'
      readonly grant: string
      readonly connection: string
      /** Those that are gone. */
      readonly scopes: string
    }
  | {
      readonly name: 'grant-broken'
      readonly grant: string
      readonly connection: string
      readonly reason: string
    }
  /** The process that makes the token requests of grants; it is started anew for the next one. */
  | { readonly name: 'courier-lost'; readonly detail: string }
  | { readonly name: 'store-unreachable'; readonly detail: string }
  | { readonly name: 'store-reachable' }
  | { readonly name: 'journal-restarted'; readonly marks: number }
  | { readonly name: 'refresh-token-reused'; readonly sid: string; readonly generation: number }
  | { readonly name: 'refusals-en-masse'; readonly sessions: number; readonly providerCode: string }
  | { readonly name: 'provider-discovered'; readonly issuer: string }
  | { readonly name: 'provider-unreachable'; readonly detail: string }
  | { readonly name: 'userinfo-failed'; readonly detail: string }
  | { readonly name: 'id-token-left-out'; readonly detail: string }
  | {
      readonly name: 'call-failed'
      readonly kind: string
      readonly detail: string
      readonly requestId: string
    }
  | { readonly name: 'client-left'; readonly requestId: string }
  /**
   * Once for each network, group and minute. `unnamedProxy`: it came over a proxy that is not among the trusted ones, so all
   * who come over it were counted as one.
   */
  | {
      readonly name: 'rate-limited'
      readonly group: string
      readonly unnamedProxy: boolean
      readonly requestId: string
    }
  /** Once: it is missing among the trusted proxies, or that of somebody who calls from our own network. */
  | { readonly name: 'unnamed-proxy'; readonly address: string }
  | {
      readonly name: 'unexpected-error'
      readonly detail: string
      readonly stack: string
      readonly requestId: string
    }

export const levels: Readonly<Record<Event['name'], Level>> = {
  listening: 'info',
  stopping: 'info',
  'worker-started': 'info',
  'worker-died': 'error',
  notice: 'warn',
  'signed-in': 'info',
  'sign-in-failed': 'warn',
  'sign-in-given-up': 'info',
  'sign-in-loop': 'warn',
  'signed-out': 'info',
  'signed-out-at-provider': 'info',
  'provider-logout-refused': 'warn',
  'sign-out-answer-unknown': 'info',
  'session-ended': 'info',
  'event-streams-full': 'warn',
  'keys-in-use': 'info',
  'keys-all-new': 'warn',
  'keys-refused': 'error',
  'event-hook-failed': 'error',
  'metrics-listening': 'info',
  'seal-opened': 'debug',
  'seal-refused': 'info',
  'seal-expired': 'debug',
  'session-large': 'warn',
  refreshed: 'debug',
  'refresh-failed': 'warn',
  'narrowing-refused': 'error',
  'narrowing-failed': 'warn',
  'late-call-served': 'debug',
  'revocation-failed': 'warn',
  'revocation-queued': 'info',
  'revocation-done': 'info',
  'revocation-given-up': 'error',
  'revocations-overflow': 'error',
  'jobs-running': 'info',
  'job-run-started': 'debug',
  'job-run-ended': 'info',
  'job-run-failed': 'warn',
  'job-run-abandoned': 'warn',
  'job-said': 'info',
  'job-runner-failed': 'error',
  'grant-connected': 'info',
  'grant-connect-failed': 'warn',
  'grant-withdrawn': 'info',
  'grant-refreshed': 'debug',
  'grant-refresh-failed': 'warn',
  'grant-answer-found': 'info',
  'grant-scopes-reduced': 'warn',
  'grant-broken': 'warn',
  'courier-lost': 'warn',
  'store-unreachable': 'error',
  'store-reachable': 'info',
  'journal-restarted': 'warn',
  'refresh-token-reused': 'warn',
  'refusals-en-masse': 'error',
  'provider-discovered': 'info',
  'provider-unreachable': 'warn',
  'userinfo-failed': 'warn',
  'id-token-left-out': 'warn',
  'call-failed': 'warn',
  'client-left': 'debug',
  'rate-limited': 'warn',
  'unnamed-proxy': 'warn',
  'unexpected-error': 'error',
}
