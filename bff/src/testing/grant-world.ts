import { join } from 'node:path'
import { grantListSchema, type GrantView } from '@strongroom/client/schemas'
import { onTestFinished } from 'vitest'
import type { Offline } from '../offline/offline.ts'

export { grantKey } from '../offline/offline-grant.ts'
import type { BffOptions } from '../options/options.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import { buildParts, type Parts } from '../parts.ts'
import { heard } from './heard.ts'
import { freshFolder } from './own-process.ts'
import { baseOptions as testOptions, signedInTestBff, type TestBff } from './test-bff.ts'

/** A grant as an app may have it. */
export const digest = {
  title: 'Nightly digest',
  sentence: 'Reads your notes each night and writes a digest of them.',
  scopes: ['notes'],
  longestSeconds: 90 * 86_400,
} as const

export const digestOf = { sub: 'ada', grant: 'digest' } as const

export const connectPath = '/auth/grants/digest/connect?return_to=/account'

export interface GrantWorld extends TestBff {
  /** What a runner of jobs has, as on another instance. */
  readonly runner: Runner
  /** Another runner, of the same store, with other secrets perhaps. */
  anotherRunner(options?: Partial<BffOptions>): Runner
  connect(): Promise<Response>
  /** The grant as its user sees it. */
  seen(): Promise<GrantView>
}

export interface Runner extends Offline {
  readonly parts: Parts
}

/** A user who is signed in to an app with one grant, kept in a file. */
export async function grantWorld(given: Partial<BffOptions> = {}): Promise<GrantWorld> {
  const options = { store: freshStore(), grants: { digest }, ...given }
  const world = await signedInTestBff(options)
  const anotherRunner = (changes: Partial<BffOptions> = {}) =>
    runnerOf({
      ...testOptions,
      telemetry: heard({ record: (event) => world.events.push(event) }),
      clock: world.clock,
      fetch: world.internet.fetch,
      ...options,
      ...changes,
    })
  return Object.assign(world, {
    runner: anotherRunner(),
    anotherRunner,
    async connect() {
      const { response } = await world.browser.navigate(connectPath)
      return response
    },
    async seen() {
      const answer = await world.browser.fetch('/auth/grants')
      const [grant] = grantListSchema.parse(await answer.json()).grants
      if (!grant) throw new Error('there is no grant')
      return grant
    },
  })
}

function runnerOf(options: BffOptions): Runner {
  const settings = resolveOptions(options)
  if (!settings.ok) throw new Error('these options have faults')
  const parts = buildParts(settings.value)
  onTestFinished(async () => {
    parts.ended.close()
    await parts.outbox.close()
  })
  if (!parts.offline) throw new Error('there are no grants')
  return { ...parts.offline, parts }
}

/** Gone when the test is over. */
export function freshStore(): string {
  return `sqlite:${join(freshFolder(), 'store.db')}`
}
