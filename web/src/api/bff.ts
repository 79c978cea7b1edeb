import { createBffClient, createSession, createStepUp } from '@strongroom/client'

/** The one client of this page. */
export const bff = createBffClient()

/** The session of this page. A call that finds it over waits until the same user has signed in again. */
export const session = createSession(bff, { onSessionEnd: 'wait' })

/** Has a call that wants a fresher sign-in wait for it. */
export const stepUp = createStepUp(session)
