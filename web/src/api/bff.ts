import { createBffClient, routes, type LogoutAnswer, type SessionView } from '@strongroom/client'
import { valueOrThrow } from './call-error.ts'
import { serverClock } from './server-clock.ts'

/** The one client of this page. Session answers also set the server's clock. */
export const bff = createBffClient({
  fetch: async (input, init) => {
    const response = await fetch(input, init)
    if (input === routes.session) serverClock.sample(response.headers.get('Date'))
    return response
  },
})

/** Who is signed in. Always a background call: looking is no activity of the user. */
export async function readSession(signal: AbortSignal): Promise<SessionView> {
  return valueOrThrow(await bff.session({ signal, background: true }))
}

export async function signOut(): Promise<LogoutAnswer> {
  return valueOrThrow(await bff.logout())
}
