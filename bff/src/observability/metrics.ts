import type { Event } from './events.ts'
import type { Measurement } from './measurements.ts'

export type Labels = Record<string, string>

/** What is counted: a line of the log, or what is measured and never logged. */
export type Signal = Event | Measurement

type SignalName = Signal['name']

type Named<Name extends SignalName> = Extract<Signal, { name: Name }>

/** How each signal counts: under which labels, once or for several. */
type Reading = { readonly [Name in SignalName]?: (signal: Named<Name>) => Labels | Labels[] }

type Value = { readonly [Name in SignalName]?: (signal: Named<Name>) => number | null }

/** A row of the dashboard. */
export type MetricGroup =
  | 'Calls'
  | 'Sign-ins'
  | 'Sessions'
  | 'Sign-outs'
  | 'Refusals'
  | 'Keys'
  | 'Grants'
  | 'Jobs'
  | 'Parts'

export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly group: MetricGroup
  readonly help: string
  /** Each label, and what it says. Never anything of a user's, and never more than a few values. */
  readonly labels: Labels
  readonly from: Reading
  /** Of a gauge: what it is set to. Of a histogram: what is observed; null for nothing. */
  readonly value?: Value
  /** Of a gauge without labels: what it is at the start. @default 0 */
  readonly initial?: number
  /** Series that are there from the start, at zero: of one that begins at 1 no alert sees that it grew. */
  readonly fromStart?: readonly Labels[]
  /** Of a gauge: each signal says all of its series anew. */
  readonly isWhole?: boolean
  /** Of a gauge: which of several workers' is told. */
  readonly ofWorkers?: 'min' | 'max' | 'sum'
  /** Of a histogram: upper bounds, in seconds. */
  readonly buckets?: readonly number[]
}

/** What we add: most of it lies far below a millisecond, and a refresh takes as long as the provider. */
const ownSeconds = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1, 5]
const storeSeconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25]
const othersSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

const statusClasses = '`1xx` (a WebSocket) to `5xx`'

/** Every metric of our own. What `/metrics` serves and `docs/metrics.md` are made from this table. */
export const metrics = {
  strongroom_calls_total: {
    type: 'counter',
    group: 'Calls',
    help: 'Calls to upstreams that were answered, by whom and how.',
    labels: {
      upstream: 'the prefix of its row',
      by: '`upstream`, or `strongroom` where it refused the call or got no answer',
      status: statusClasses,
    },
    from: { 'call-answered': ({ upstream, by, status }) => ({ upstream, by, status }) },
  },
  strongroom_call_own_seconds: {
    type: 'histogram',
    group: 'Calls',
    help: 'What Strongroom itself added to a call, from the head of the request to that of the answer, without what the upstream took. Waiting for a refresh is in it.',
    labels: { upstream: 'the prefix of its row' },
    from: { 'call-answered': ({ upstream }) => ({ upstream }) },
    value: { 'call-answered': ({ ownSeconds }) => ownSeconds },
    buckets: ownSeconds,
  },
  strongroom_upstream_seconds: {
    type: 'histogram',
    group: 'Calls',
    help: 'What the upstream took, until the head of its answer.',
    labels: { upstream: 'the prefix of its row' },
    from: { 'call-answered': ({ upstream }) => ({ upstream }) },
    value: { 'call-answered': ({ upstreamSeconds }) => upstreamSeconds },
    buckets: othersSeconds,
  },
  strongroom_sessions_started_total: {
    type: 'counter',
    group: 'Sessions',
    help: 'Sign-ins that ended in a session.',
    labels: {},
    from: { 'signed-in': () => ({}) },
  },
  strongroom_sessions_ended_total: {
    type: 'counter',
    group: 'Sessions',
    help: 'Sessions that were ended here. What idles out in a browser that is closed is not seen.',
    labels: { cause: 'why, such as `signed-out` or `refresh-refused`' },
    from: {
      'signed-out': () => ({ cause: 'signed-out' }),
      'session-ended': ({ end }) => ({ cause: end }),
    },
  },
  strongroom_sign_ins_failed_total: {
    type: 'counter',
    group: 'Sign-ins',
    help: 'Sign-ins that came to nothing.',
    labels: { kind: 'the failure, such as `sign-in-refused` (by the user or the provider)' },
    from: { 'sign-in-failed': ({ kind }) => ({ kind }) },
  },
  strongroom_sign_in_loops_total: {
    type: 'counter',
    group: 'Sign-ins',
    help: 'Rounds between sign-in and app that were stopped: the API likely refuses every token.',
    labels: {},
    from: { 'sign-in-loop': () => ({}) },
  },
  strongroom_provider_logouts_total: {
    type: 'counter',
    group: 'Sign-outs',
    help: 'Ends of sessions that the provider asked for.',
    labels: {
      channel: '`back` or `front`',
      scope: '`session` (one session there) or `user` (all of theirs)',
      reach: '`everywhere`, or `here` while the store can’t be reached',
    },
    from: { 'signed-out-at-provider': ({ channel, scope, reach }) => ({ channel, scope, reach }) },
  },
  strongroom_provider_logouts_refused_total: {
    type: 'counter',
    group: 'Sign-outs',
    help: 'Logout tokens that were refused.',
    labels: {
      reason:
        'what did not hold up, such as `signature` or `aud`; `replayed`; `request` (none was sent); `keys` and `store` are our own trouble',
    },
    from: { 'provider-logout-refused': ({ reason }) => ({ reason }) },
  },
  strongroom_rate_limited_total: {
    type: 'counter',
    group: 'Refusals',
    help: 'Networks that went over a limit, each once a minute.',
    labels: {
      group: 'what they did too often, such as `login` or `backchannel-logout`',
      unnamed_proxy:
        '`true`: they came over a proxy that `TRUSTED_PROXIES` does not name, and so may be many users',
    },
    from: {
      'rate-limited': ({ group, unnamedProxy }) => ({
        group,
        unnamed_proxy: String(unnamedProxy),
      }),
    },
  },
  strongroom_requests_refused_total: {
    type: 'counter',
    group: 'Refusals',
    help: 'Requests that no page of the app would send.',
    labels: {
      reason:
        '`csrf` (without the header, or from another origin), `owner_changed` (of a page drawn for another user) or `not_a_navigation`',
    },
    from: { 'request-refused': ({ reason }) => ({ reason: reason.replaceAll('-', '_') }) },
  },
  strongroom_streams_open: {
    type: 'gauge',
    group: 'Calls',
    help: 'Streams that are open now.',
    labels: {
      kind: '`session_events` (of `/auth/events`) or `upstream` (event streams and WebSockets of an API)',
    },
    ofWorkers: 'sum',
    from: { 'streams-open': ({ kind }) => ({ kind: kind.replaceAll('-', '_') }) },
    value: { 'streams-open': ({ count }) => count },
  },
  strongroom_event_streams_refused_total: {
    type: 'counter',
    group: 'Refusals',
    help: 'Live event streams that were refused: the page goes on by looking now and then.',
    labels: { limit: '`session` (one session has too many open) or `process`' },
    from: { 'event-streams-full': ({ limit }) => ({ limit: limit.replace('-full', '') }) },
  },
  strongroom_seals_opened_total: {
    type: 'counter',
    group: 'Keys',
    help: 'Seals that were opened. A cookie in steady use counts every five minutes: a key whose count stands still is not needed any more.',
    labels: {
      purpose: '`session`, `ticket`, `login`, `connect` (cookies), `store` or `grant`',
      key: 'id of the key, as the log’s `keys-in-use` has it',
    },
    from: { 'seal-opened': ({ purpose, key }) => ({ purpose, key }) },
  },
  strongroom_seals_refused_total: {
    type: 'counter',
    group: 'Refusals',
    help: 'Seals that did not open, or no more. To the user they are all the same: signed out.',
    labels: {
      purpose: 'as above',
      reason:
        '`expired` (over by the clock), `unknown_key` (sealed by a key that is not in use here), `tampered` (changed, cut or never a seal), `misshapen` (opens, but holds what this version can’t read), `doubled` (two cookies claim to be the same one)',
    },
    from: {
      'seal-refused': ({ purpose, reason }) => ({ purpose, reason: reason.replaceAll('-', '_') }),
      'seal-expired': ({ purpose }) => ({ purpose, reason: 'expired' }),
    },
  },
  strongroom_keys_in_use: {
    type: 'gauge',
    group: 'Keys',
    help: '1 for each key in use.',
    labels: {
      key: 'its id',
      seals: '`true` for the one that seals, `false` for those that only open',
    },
    isWhole: true,
    ofWorkers: 'max',
    from: {
      'keys-in-use': ({ keys }) => keys.map((key, at) => ({ key, seals: String(at === 0) })),
    },
    value: { 'keys-in-use': () => 1 },
  },
  strongroom_keys_changed_total: {
    type: 'counter',
    group: 'Keys',
    help: 'Times that secrets came into use, the start included, or were refused.',
    labels: { outcome: '`used` or `refused` (those of before stay in use)' },
    from: {
      'keys-in-use': () => ({ outcome: 'used' }),
      'keys-refused': () => ({ outcome: 'refused' }),
    },
    fromStart: [{ outcome: 'refused' }],
  },
  strongroom_sessions_large_total: {
    type: 'counter',
    group: 'Sessions',
    help: 'Sessions that take more than 7 kB of cookie. Above 12 kB they are refused.',
    labels: {},
    from: { 'session-large': () => ({}) },
  },
  strongroom_refreshes_total: {
    type: 'counter',
    group: 'Sessions',
    help: 'Refresh tokens that were spent, or tried.',
    labels: { outcome: '`refreshed`, or the failure, such as `provider-unreachable`' },
    from: {
      refreshed: () => ({ outcome: 'refreshed' }),
      'refresh-failed': ({ kind }) => ({ outcome: kind }),
    },
  },
  strongroom_late_calls_total: {
    type: 'counter',
    group: 'Sessions',
    help: 'Calls with a cookie from before a refresh that were served all the same.',
    labels: {},
    from: { 'late-call-served': () => ({}) },
  },
  strongroom_refresh_tokens_reused_total: {
    type: 'counter',
    group: 'Refusals',
    help: 'Cookies from longer ago, which may have been stolen. They were refused.',
    labels: {},
    from: { 'refresh-token-reused': () => ({}) },
  },
  strongroom_refusals_en_masse_total: {
    type: 'counter',
    group: 'Sessions',
    help: 'Alarms: the provider refuses many sessions at once, so the client is likely misconfigured.',
    labels: {},
    from: { 'refusals-en-masse': () => ({}) },
  },
  strongroom_revocations_total: {
    type: 'counter',
    group: 'Sign-outs',
    help: 'What became of the tokens that were to be revoked at the provider.',
    labels: {
      token: '`refresh` or `access`',
      outcome:
        'at the sign-out `revoked`, `unsupported` (it lives until it expires) or `failed`; whenever it is to be tried again, `queued`, and in the end `late_revoked`, `late_expired` or `given_up`',
    },
    from: {
      'signed-out': ({ refreshToken, accessToken }) =>
        [
          { token: 'refresh', outcome: refreshToken },
          { token: 'access', outcome: accessToken },
        ].filter(({ outcome }) => outcome !== 'none' && outcome !== 'queued'),
      'revocation-done': ({ token, how }) => ({ token, outcome: `late_${how}` }),
      'revocation-given-up': ({ token }) => ({ token, outcome: 'given_up' }),
      'revocation-queued': ({ token }) => ({ token, outcome: 'queued' }),
    },
  },
  strongroom_revocation_tries_failed_total: {
    type: 'counter',
    group: 'Sign-outs',
    help: 'Requests to revoke a token that the provider did not grant, the repeated ones included.',
    labels: { token: '`refresh` or `access`' },
    from: { 'revocation-failed': ({ token }) => ({ token }) },
  },
  strongroom_revocations_waiting: {
    type: 'gauge',
    group: 'Sign-outs',
    help: 'Tokens in the outbox: signed out here, and yet to be revoked at the provider. All instances see the same ones.',
    labels: {},
    ofWorkers: 'max',
    from: { 'revocations-waiting': () => ({}) },
    value: { 'revocations-waiting': ({ tokens }) => tokens },
  },
  strongroom_revocations_overflowed_total: {
    type: 'counter',
    group: 'Sign-outs',
    help: 'Sign-outs whose revocation could not wait because too many do.',
    labels: {},
    from: { 'revocations-overflow': () => ({}) },
  },
  strongroom_grants_total: {
    type: 'counter',
    group: 'Grants',
    help: 'Grants of users for what is done while they are away, by what became of them.',
    labels: {
      grant: 'its name',
      change:
        '`connected`, `withdrawn`, `reduced` (the provider gives less than before), or `broken_` and why: `broken_refused`, `broken_answer_lost`, `broken_untrusted`, `broken_step_up`',
    },
    from: {
      'grant-connected': ({ grant }) => ({ grant, change: 'connected' }),
      'grant-withdrawn': ({ grant }) => ({ grant, change: 'withdrawn' }),
      'grant-scopes-reduced': ({ grant }) => ({ grant, change: 'reduced' }),
      'grant-broken': ({ grant, reason }) => ({
        grant,
        change: `broken_${reason.replaceAll('-', '_')}`,
      }),
    },
  },
  strongroom_grant_refreshes_total: {
    type: 'counter',
    group: 'Grants',
    help: 'Refresh tokens of grants that were spent, or tried.',
    labels: {
      grant: 'its name',
      outcome:
        '`refreshed`, `found` (the answer to one that another process did not live to end), or the failure, such as `provider-unreachable`',
    },
    from: {
      'grant-refreshed': ({ grant }) => ({ grant, outcome: 'refreshed' }),
      'grant-answer-found': ({ grant }) => ({ grant, outcome: 'found' }),
      'grant-refresh-failed': ({ grant, kind }) => ({ grant, outcome: kind }),
    },
  },
  strongroom_grant_connects_failed_total: {
    type: 'counter',
    group: 'Grants',
    help: 'Users who went to connect a grant and did not.',
    labels: { kind: 'the failure, such as `connect-refused` or `connect-another-user`' },
    from: { 'grant-connect-failed': ({ kind }) => ({ kind }) },
  },
  strongroom_couriers_lost_total: {
    type: 'counter',
    group: 'Grants',
    help: 'Times that the process which makes the token requests of grants ended by itself. The next request starts another.',
    labels: {},
    from: { 'courier-lost': () => ({}) },
  },
  strongroom_job_runs_started_total: {
    type: 'counter',
    group: 'Jobs',
    help: 'Runs of jobs that were begun, the repeated ones included.',
    labels: { job: 'its name', started_by: '`schedule`, `user` or `operator`' },
    from: { 'job-run-started': ({ job, startedBy }) => ({ job, started_by: startedBy }) },
  },
  strongroom_job_runs_ended_total: {
    type: 'counter',
    group: 'Jobs',
    help: 'Runs of jobs by how they ended, and instants that none was begun for.',
    labels: {
      job: 'its name',
      outcome: 'such as `done` or `api-unreachable` ([all of them](jobs.md#outcomes))',
    },
    from: { 'job-run-ended': ({ job, outcome }) => ({ job, outcome }) },
  },
  strongroom_job_runs_abandoned_total: {
    type: 'counter',
    group: 'Jobs',
    help: 'Runs that heeded no signal when they were to stop. Should stay at zero: the job ignores its `signal`.',
    labels: { job: 'its name' },
    from: { 'job-run-abandoned': ({ job }) => ({ job }) },
  },
  strongroom_calls_failed_total: {
    type: 'counter',
    group: 'Calls',
    help: 'Calls that failed for a reason which an operator can do something about.',
    labels: { kind: 'the failure, such as `upstream-timeout` or `store-unreachable`' },
    from: { 'call-failed': ({ kind }) => ({ kind }) },
  },
  strongroom_clients_left_total: {
    type: 'counter',
    group: 'Calls',
    help: 'Callers that went away before their answer.',
    labels: {},
    from: { 'client-left': () => ({}) },
  },
  strongroom_unexpected_errors_total: {
    type: 'counter',
    group: 'Calls',
    help: 'Answers of 500: a fault of Strongroom’s. Should stay at zero.',
    labels: {},
    from: { 'unexpected-error': () => ({}) },
  },
  strongroom_provider_unreachable_total: {
    type: 'counter',
    group: 'Parts',
    help: 'Times that the provider’s discovery document could not be had.',
    labels: {},
    from: { 'provider-unreachable': () => ({}) },
  },
  strongroom_provider_seconds: {
    type: 'histogram',
    group: 'Parts',
    help: 'What the provider took to answer.',
    labels: {
      endpoint:
        '`discovery`, `keys`, `token`, `userinfo`, `introspection`, `revocation`, `par` or `other`',
      status: '`2xx` to `5xx`, or `none` where it did not answer',
    },
    from: { 'provider-answered': ({ endpoint, status }) => ({ endpoint, status }) },
    value: { 'provider-answered': ({ seconds }) => seconds },
    buckets: othersSeconds,
  },
  strongroom_store_seconds: {
    type: 'histogram',
    group: 'Parts',
    help: 'What the store took to answer. What is not asked because the breaker is open is not in it.',
    labels: {
      operation: '`get`, `set`, `replace`, `delete`, `ping`, `journal` or `agenda`',
      outcome: '`done` or `failed`',
    },
    from: { 'store-answered': ({ operation, outcome }) => ({ operation, outcome }) },
    value: { 'store-answered': ({ seconds }) => seconds },
    buckets: storeSeconds,
  },
  strongroom_breaker_open: {
    type: 'gauge',
    group: 'Parts',
    help: '1 from when a part is left alone because it failed until it answers again.',
    labels: {
      breaker:
        '`store_reading`, `store_writing`, or of the provider `provider_refresh`, `provider_exchange`, `provider_client_tokens`, `provider_introspection`, `provider_grants`, `provider_revocation`',
    },
    ofWorkers: 'max',
    from: { 'breaker-turned': ({ breaker }) => ({ breaker: breaker.replaceAll('-', '_') }) },
    value: { 'breaker-turned': ({ open }) => (open ? 1 : 0) },
  },
  strongroom_store_reachable: {
    type: 'gauge',
    group: 'Parts',
    help: '1 while the store answers, 0 while it does not.',
    labels: {},
    from: { 'store-reachable': () => ({}), 'store-unreachable': () => ({}) },
    initial: 1,
    // One worker that can't reach the store is worth knowing of.
    ofWorkers: 'min',
    value: { 'store-reachable': () => 1, 'store-unreachable': () => 0 },
  },
} satisfies Record<`strongroom_${string}`, Metric>
