import { createBffClient, createSession } from '@strongroom/client'

/** The one client of this page. */
export const bff = createBffClient()

/** The session of this page. A call that finds it over waits until the same user has signed in again. */
export const session = createSession(bff, { onSessionEnd: 'wait' })
