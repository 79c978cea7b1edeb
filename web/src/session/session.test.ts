import type { SessionView, SignedInView } from '@strongroom/client'
import { expect, test } from 'vitest'
import { nextSession } from './session.ts'

const nobody: SessionView = { authenticated: false }

function ada(refreshCount: number, issuedAt = 1_000 + refreshCount * 50): SignedInView {
  return {
    authenticated: true,
    user: { sub: 'ada' },
    session: { state: 'active', startedAt: 1_000, expiresAt: 29_800, idleExpiresAt: 2_800 },
    token: {
      issuedAt,
      expiresAt: issuedAt + 60,
      refreshDueAt: issuedAt + 40,
      refreshable: true,
      refreshCount,
      scopes: ['openid'],
    },
  }
}

test('a visitor who never was signed in is signed out, not ended', () => {
  const first = nextSession(undefined, nobody)

  expect(first).toEqual({ status: 'signed-out' })
  expect(nextSession(first, nobody)).toEqual({ status: 'signed-out' })
})

test('a session that was there and is gone has ended, and stays so', () => {
  const ended = nextSession(nextSession(undefined, ada(0)), nobody)

  expect(ended).toEqual({ status: 'ended' })
  expect(nextSession(ended, nobody)).toEqual({ status: 'ended' })
})

test('remembers one life for each refresh', () => {
  const views = [ada(0), ada(0), ada(1), ada(2)]

  const session = views.reduce<ReturnType<typeof nextSession> | undefined>(nextSession, undefined)

  expect(session).toMatchObject({
    lives: [{ refreshCount: 0 }, { refreshCount: 1 }, { refreshCount: 2 }],
  })
})

test('takes no older token from an answer that was overtaken', () => {
  const session = [ada(2), ada(1)].reduce<ReturnType<typeof nextSession> | undefined>(
    nextSession,
    undefined,
  )

  expect(session).toMatchObject({ lives: [{ refreshCount: 2 }] })
})

test('starts anew with another session', () => {
  const again = { ...ada(0), session: { ...ada(0).session, startedAt: 5_000 } }

  const session = nextSession(nextSession(undefined, ada(3)), again)

  expect(session).toMatchObject({ lives: [{ refreshCount: 0 }] })
})
