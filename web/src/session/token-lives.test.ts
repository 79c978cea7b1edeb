import type { SessionState, SignedInView } from '@strongroom/client'
import { expect, test } from 'vitest'
import { followLives } from './token-lives.ts'

test('remembers one life for each refresh', () => {
  const { show, lives } = watched()

  for (const count of [0, 0, 1, 2]) show(ada(count))

  expect(lives()).toMatchObject([{ refreshCount: 0 }, { refreshCount: 1 }, { refreshCount: 2 }])
})

test('takes no older token from an answer that was overtaken', () => {
  const { show, lives } = watched()

  show(ada(2))
  show(ada(1))

  expect(lives()).toMatchObject([{ refreshCount: 2 }])
})

test('starts anew with another session', () => {
  const { show, lives } = watched()
  const again = ada(0)

  show(ada(3))
  show({ ...again, session: { ...again.session, startedAt: 5_000 } })

  expect(lives()).toMatchObject([{ refreshCount: 0 }])
})

test('gives the same list until something has changed', () => {
  const { show, lives } = watched()

  show(ada(1))

  expect(lives()).toBe(lives())
})

function watched() {
  const listeners = new Set<() => void>()
  let state: SessionState = { status: 'loading', failure: null }
  const lives = followLives({
    getSnapshot: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  })
  lives.subscribe(() => {})
  return {
    lives: lives.getSnapshot,
    show(view: SignedInView) {
      state = { status: 'signed-in', view, expiring: null, failure: null, waiting: 0 }
      for (const listener of listeners) listener()
    },
  }
}

function ada(refreshCount: number, issuedAt = 1_000 + refreshCount * 50): SignedInView {
  return {
    authenticated: true,
    user: { sub: 'ada' },
    session: {
      state: 'active',
      owner: 'owner-of-ada',
      startedAt: 1_000,
      expiresAt: 29_800,
      idleExpiresAt: 2_800,
      idleSeconds: 1_800,
    },
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
