import { expect, test } from 'vitest'
import type { Session } from '../session/session.ts'
import type { QueuedRevocation } from './queued-revocation.ts'
import { revokeLater, type RevokeAtSignOut, type RevokeParts } from './revoke-tokens.ts'

const session = {
  sid: 'session',
  tokens: { accessToken: 'access', refreshToken: 'refresh', expiresAt: 1000 },
} as unknown as Session

const cases: readonly [RevokeAtSignOut, queued: readonly string[], told: object][] = [
  ['both', ['refresh', 'access'], { refreshToken: 'queued', accessToken: 'queued' }],
  ['refresh-token', ['refresh'], { refreshToken: 'queued', accessToken: 'unsupported' }],
  ['neither', [], { refreshToken: 'unsupported', accessToken: 'unsupported' }],
]

test.for(cases)(
  'what is left for later is what is to be revoked at all: %s',
  async ([revokeAtSignOut, kinds, told]) => {
    const queued: string[] = []
    const parts = {
      revokeAtSignOut,
      narrowTokens: { take: async () => [] },
      predecessors: { take: async () => [] },
      outbox: {
        add: async ({ tokens }: Pick<QueuedRevocation, 'tokens'>) => {
          queued.push(...tokens.map(({ kind }) => kind))
          return true
        },
      },
    } as unknown as RevokeParts

    expect(await revokeLater(parts, session)).toEqual(told)
    expect(queued).toEqual(kinds)
  },
)
