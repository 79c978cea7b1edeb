import { withWorkers, type RaceCase } from '../race-case.ts'
import type { StoreKind } from '../race-store.ts'
import { callsAtExpiry } from './expiry.ts'
import { lateCalls } from './late.ts'
import { insideLeeway } from './leeway.ts'
import { slowProvider, tokenEndpointSays } from './provider-trouble.ts'
import { rollingRestart } from './rolling-restart.ts'
import { manyExpiries } from './series.ts'
import { copiedCookie, signOutBeforeAnswers, signOutDuringRefresh } from './sign-out.ts'
import { storeCutAfter, storeCutBefore, storeCutDuring } from './store-cut.ts'
import { workerKilled, workersStop } from './workers.ts'
import { onlyClientGone, winnerKilled, winnersClientGone } from './winner.ts'

/** In an order that lets neighbours share a world; those that break theirs come last. */
export const raceCases: readonly RaceCase[] = [
  ...expiriesOn(1, 'memory', [200]),
  lateCalls(1, 'memory', true),
  onlyClientGone(1, 'memory', true),
  tokenEndpointSays({ status: 429, instances: 1, store: 'memory', quick: false }),

  ...expiriesOn(1, 'sqlite', []),

  ...expiriesOn(2, 'sqlite', [50]),
  lateCalls(2, 'sqlite', false),
  winnersClientGone(2, 'sqlite', false),
  onlyClientGone(2, 'sqlite', false),
  copiedCookie(2, 'sqlite', false),
  signOutBeforeAnswers(2, 'sqlite', false),
  winnerKilled(2, 'sqlite'),

  ...workersOn('sqlite', true),

  ...expiriesOn(3, 'redis', [50]),
  lateCalls(3, 'redis', false),
  winnersClientGone(3, 'redis', true),
  onlyClientGone(3, 'redis', false),
  insideLeeway(3, 'redis'),
  tokenEndpointSays({ status: 503, instances: 3, store: 'redis', quick: false }),
  tokenEndpointSays({ status: 429, instances: 3, store: 'redis', quick: false }),
  copiedCookie(3, 'redis', true),
  signOutBeforeAnswers(3, 'redis', true),
  ...[0, 0.5].map((secondsLater) =>
    signOutDuringRefresh({ instances: 3, store: 'redis', quick: secondsLater === 0, secondsLater }),
  ),
  manyExpiries(3, 'redis'),
  slowProvider(3, 'redis'),
  winnerKilled(3, 'redis'),
  storeCutBefore,
  storeCutDuring('paused'),
  storeCutDuring('killed'),
  storeCutAfter,
  rollingRestart(true),

  ...workersOn('redis', false),
]

/** @param quick  whether the short form has more than the first of them */
function workersOn(store: StoreKind, quick: boolean): RaceCase[] {
  return [
    callsAtExpiry({ calls: 50, instances: 1, store, quick: true }),
    lateCalls(1, store, quick),
    copiedCookie(1, store, true),
    workerKilled(store, quick),
    workersStop(store, quick),
  ].map((one) => withWorkers(3, one))
}

/** @param quick  those that the short form has as well */
function expiriesOn(instances: number, store: StoreKind, quick: readonly number[]): RaceCase[] {
  return [10, 50, 200].map((calls) =>
    callsAtExpiry({ calls, instances, store, quick: quick.includes(calls) }),
  )
}
