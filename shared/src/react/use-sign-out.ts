import { useState } from 'react'
import type { CallFailure } from '../call-failure.ts'
import type { LogoutOptions } from '../client.ts'
import { useStrongroom } from './provider.tsx'

export interface SignOut {
  /** Ends the session and goes where the provider's own can end too. */
  signOut(options?: LogoutOptions): Promise<void>
  readonly pending: boolean
  /** Why the last try did not work. */
  readonly failure: CallFailure | null
}

/** How to sign out. */
export function useSignOut(): SignOut {
  const session = useStrongroom()
  const [pending, setPending] = useState(false)
  const [failure, setFailure] = useState<CallFailure | null>(null)

  async function signOut(options?: LogoutOptions): Promise<void> {
    setPending(true)
    const answer = await session.signOut(options)
    setPending(false)
    setFailure(answer.ok ? null : answer.error)
    if (answer.ok) window.location.assign(answer.value.location)
  }

  return { signOut, pending, failure }
}
