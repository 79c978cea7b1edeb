import type { LogoutReceipt } from '@strongroom/client'
import type { Context } from 'hono'
import type { CallLimit } from '../base/call-limit.ts'
import { Refusal } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { honoCookieJar, type Jar } from '../session/cookie-jar.ts'
import type { EndedSessions } from '../session/ended-sessions.ts'
import type { Session } from '../session/session.ts'
import type { SessionIndex } from '../session/session-index.ts'
import type { SessionLookup, SessionStore } from '../session/session-store.ts'
import type { Refresher } from '../tokens/refresher.ts'
import { revokeLater, revokeTokens, type RevokeParts } from '../tokens/revoke-tokens.ts'

export interface SignOutParts extends RevokeParts {
  readonly sessions: SessionStore
  readonly ended: EndedSessions
  readonly refresher: Refresher
  readonly index: SessionIndex
  readonly telemetry: Telemetry
  /** Of sign-outs that end a session. Beyond it they end it all the same. */
  readonly signOuts: CallLimit
  /** Of sign-outs that end none. Beyond it they are refused. */
  readonly signOutsOfNobody: CallLimit
}

/** What a sign-out has done here. */
export interface SignedOut {
  readonly receipt: Omit<LogoutReceipt, 'providerSession'>
  /** Whether somebody was signed in, whose session at the provider may go on. */
  readonly somebody: boolean
  readonly idToken: Session['tokens']['idToken']
}

/**
 * Ends the session that the cookies hold, whoever has asked how often: a limit must not keep anybody signed in. What it
 * spares is the provider.
 */
export async function signOut(c: Context, parts: SignOutParts): Promise<SignedOut> {
  const jar = honoCookieJar(c)
  const lookup = await lookUp(parts, jar)
  switch (lookup.state) {
    case 'live':
      return endLive(c, parts, jar, lookup.session)
    case 'ended':
      await parts.signOutsOfNobody.admit(c)
      return lookup.session === null ? takeCookie(parts, jar) : tidyUp(parts, jar, lookup.session)
    case 'none': {
      const signedOut = await takeCookie(parts, jar)
      await parts.signOutsOfNobody.admit(c)
      // A browser that has cached much takes half a second over this, and holds the answer back. The client asks again for
      // an answer that nobody waits for.
      c.header('Clear-Site-Data', '"cache"')
      return signedOut
    }
    case 'unopened':
      return { ...(await takeCookie(parts, jar)), ...unopened }
  }
}

async function endLive(
  c: Context,
  parts: SignOutParts,
  jar: Jar,
  session: Session,
): Promise<SignedOut> {
  const reach = await parts.ended.end(session, 'signed-out')
  const revoke = (await parts.signOuts.count(c)) ? revokeTokens : revokeLater
  return withoutTokens(parts, jar, session, revoke, reach === 'everywhere' ? 'ended' : 'ended-here')
}

/** One that idled out still has its tokens, and the provider still has its session. */
function tidyUp(parts: SignOutParts, jar: Jar, session: Session): Promise<SignedOut> {
  return withoutTokens(parts, jar, session, revokeTokens, 'none')
}

async function withoutTokens(
  parts: SignOutParts,
  jar: Jar,
  ended: Session,
  revoke: typeof revokeTokens,
  end: LogoutReceipt['session'],
): Promise<SignedOut> {
  parts.index.remove(ended.sub, ended.sid).catch(() => {})
  // The tokens that are in force now; while the store can't be asked, those of the cookie.
  const session = await parts.refresher.newest(ended)
  await parts.sessions.clear(jar)
  const revocations = await revoke(parts, session)
  parts.telemetry.record({ name: 'signed-out', sid: session.sid, ...revocations })
  const { idToken, expiresAt } = session.tokens
  const livesOn = revocations.accessToken !== 'revoked'
  return {
    somebody: true,
    idToken,
    receipt: {
      session: end,
      ...revocations,
      ...(livesOn ? { accessTokenExpiresAt: expiresAt } : {}),
    },
  }
}

async function takeCookie({ sessions }: SignOutParts, jar: Jar): Promise<SignedOut> {
  await sessions.clear(jar)
  const receipt = { session: 'none', refreshToken: 'none', accessToken: 'none' } as const
  return { somebody: false, idToken: null, receipt }
}

/** Its tokens lie with it, so nobody can revoke them: the receipt says so. */
const unopened = {
  somebody: true,
  receipt: { session: 'ended-here', refreshToken: 'failed', accessToken: 'failed' },
} as const

/**
 * One that lies in a store which can't be reached is ended unopened: whoever signs out at a shared computer does not come
 * back when the store does.
 */
async function lookUp(
  { sessions }: SignOutParts,
  jar: Jar,
): Promise<SessionLookup | { readonly state: 'unopened' }> {
  try {
    return await sessions.load(jar)
  } catch (error) {
    if (error instanceof Refusal && error.failure.kind === 'store-unreachable') {
      return { state: 'unopened' }
    }
    throw error
  }
}
