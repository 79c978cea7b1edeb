import { expect, test } from 'vitest'
import { createBffClient } from './client.ts'
import type { GrantView } from './grants.ts'
import { grantConnectPath } from './routes.ts'

const grant: GrantView = {
  name: 'nightly-digest',
  title: 'Nightly digest',
  sentence: 'Writes a digest.',
  scopes: ['notes'],
  longestSeconds: 3600,
  offered: true,
  state: 'broken',
  connectedAt: 1,
  expiresAt: 3601,
  missingScopes: [],
  broken: { at: 2, reason: 'refused' },
  running: false,
  lastUsedAt: null,
  lastOutcome: null,
  nextRunAt: null,
  jobs: [],
}

/** A client of a server that gives the same answer to all, and what that was asked. */
function clientOf(answer: () => Response) {
  const asked: string[] = []
  const bff = createBffClient({
    fetch: async (input, init) => {
      asked.push(
        `${init?.method ?? 'GET'} ${typeof input === 'string' ? input : ''} ${new Headers(init?.headers).get('X-CSRF')}`,
      )
      return answer()
    },
  })
  return { asked, bff }
}

test('grants are read as the server tells them', async () => {
  const { asked, bff } = clientOf(() => Response.json({ grants: [grant] }))

  expect(await bff.grants()).toEqual({ ok: true, value: { grants: [grant] } })
  expect(asked).toEqual(['GET /auth/grants 1'])
})

test('a state that nobody knows is an answer that can’t be read', async () => {
  const { bff } = clientOf(() => Response.json({ grants: [{ ...grant, state: 'odd' }] }))

  expect(await bff.grants()).toMatchObject({ ok: false, error: { kind: 'unexpected-answer' } })
})

test('withdrawing says what became of the refresh token', async () => {
  const { asked, bff } = clientOf(() => Response.json({ refreshToken: 'queued' }))

  expect(await bff.withdrawGrant('nightly digest')).toEqual({
    ok: true,
    value: { refreshToken: 'queued' },
  })
  expect(asked).toEqual(['DELETE /auth/grants/nightly%20digest 1'])
})

test('signing out everywhere withdraws the grants only when it is asked to', async () => {
  const { asked, bff } = clientOf(() => new Response(null, { status: 204 }))

  await bff.endAllSessions()
  await bff.endAllSessions({ withdrawGrants: true })

  expect(asked).toEqual(['DELETE /auth/sessions 1', 'DELETE /auth/sessions?grants=withdraw 1'])
})

test('the link that connects names the grant and the way back', () => {
  expect(grantConnectPath('nightly-digest', '/account?tab=1')).toBe(
    '/auth/grants/nightly-digest/connect?return_to=%2Faccount%3Ftab%3D1',
  )
})
