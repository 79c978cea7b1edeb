import type { GrantList, GrantView } from '@strongroom/client'
import type { Handler } from 'hono'
import type { Clock } from '../base/clock.ts'
import { liveSession, type SessionVariables } from '../session/load-session.ts'
import type { GrantActivity, GrantJobs, RunRecord } from './grant-jobs.ts'
import type { GrantHolders } from './grant-holders.ts'
import type { GrantVault } from './grant-vault.ts'
import {
  missingScopes,
  stateOf,
  type GrantDefinition,
  type GrantOwner,
  type OfflineGrant,
} from './offline-grant.ts'

export interface ListGrantsParts {
  readonly definitions: ReadonlyMap<string, GrantDefinition>
  readonly vault: GrantVault
  readonly holders: Pick<GrantHolders, 'grantsOf'>
  readonly jobs: () => GrantJobs
  readonly clock: Clock
}

/** `GET /auth/grants`: what the app may do while the user is away, and what it did. */
export function listGrants(parts: ListGrantsParts): Handler<{ Variables: SessionVariables }> {
  return async function listGrants(c) {
    const { sub } = liveSession(c.var.lookup)
    const definitions = [...parts.definitions.values()]
    const others = (await parts.holders.grantsOf(sub)).filter(
      (name) => !parts.definitions.has(name),
    )
    const [offered, left] = await Promise.all([
      Promise.all(definitions.map((definition) => view(parts, definition, sub))),
      Promise.all(others.map((grant) => leftView(parts, { sub, grant }))),
    ])
    return c.json({
      grants: [...offered, ...left.filter((one) => one !== null)],
    } satisfies GrantList)
  }
}

/** The user's grants that need them: for the app to ask once, when they come by. */
export async function brokenGrants(parts: ListGrantsParts, sub: string): Promise<string[]> {
  const names = [...parts.definitions.keys()]
  const found = await Promise.all(names.map((grant) => parts.vault.read({ sub, grant })))
  const now = parts.clock.now()
  return names.filter((_, at) => {
    const kept = found[at]
    return kept != null && stateOf(kept.grant, now) !== 'connected'
  })
}

async function view(
  { vault, jobs, clock }: ListGrantsParts,
  definition: GrantDefinition,
  sub: string,
): Promise<GrantView> {
  const owner = { sub, grant: definition.name }
  const kept = await vault.read(owner)
  const asked = {
    name: definition.name,
    title: definition.title,
    sentence: definition.sentence,
    scopes: [...definition.scopes],
    longestSeconds: definition.longestSeconds,
    offered: true,
  }
  const told = kept === null ? nothingKept : keptView(kept.grant, clock.now())
  return { ...asked, ...told, ...activityView(await jobs().activity(owner)) }
}

/** Of a grant that the app offers no more. What the user has allowed stays theirs to see and to withdraw. */
async function leftView(
  { vault, jobs, clock }: ListGrantsParts,
  owner: GrantOwner,
): Promise<GrantView | null> {
  const kept = await vault.read(owner)
  if (kept === null) return null
  const { asked, connectedAt, consentedScopes, expiresAt } = kept.grant
  return {
    name: owner.grant,
    title: asked?.title ?? owner.grant,
    sentence: asked?.sentence ?? '',
    scopes: [...consentedScopes],
    longestSeconds: expiresAt - connectedAt,
    offered: false,
    ...keptView(kept.grant, clock.now()),
    ...activityView(await jobs().activity(owner)),
  }
}

const nothingKept = {
  state: 'not-connected' as const,
  connectedAt: null,
  expiresAt: null,
  missingScopes: [],
  broken: null,
}

function keptView(grant: OfflineGrant, now: number) {
  return {
    state: stateOf(grant, now),
    connectedAt: grant.connectedAt,
    expiresAt: grant.expiresAt,
    missingScopes: [...missingScopes(grant)],
    broken: grant.broken,
  }
}

function activityView({ jobs }: GrantActivity) {
  const runs = jobs
    .flatMap(({ runs }) => runs.find(didRun) ?? [])
    .toSorted((a, b) => b.startedAt - a.startedAt)
  const next = jobs.flatMap(({ nextRunAt }) => nextRunAt ?? [])
  return {
    running: jobs.some(({ running }) => running),
    lastUsedAt: runs[0]?.startedAt ?? null,
    lastOutcome: runs[0]?.outcome ?? null,
    nextRunAt: next.length > 0 ? Math.min(...next) : null,
    jobs: jobs.map((job) => ({ ...job, runs: [...job.runs] })),
  }
}

/** As opposed to one that was passed over. */
function didRun({ outcome }: RunRecord): boolean {
  return outcome !== 'skipped' && outcome !== 'missed'
}
