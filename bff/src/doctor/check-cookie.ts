import { randomBytes } from 'node:crypto'
import { cookieBudget, sealedBytes } from '../session/cookie-session-store.ts'
import { startSession } from '../session/session.ts'
import { tokenSetSchema } from '../provider/token-set.ts'
import { check, finding, type Finding } from './check.ts'
import type { Patient } from './patient.ts'

type Id = 'cookie.forecast'

/** What such a session has beside its tokens, taken long rather than short. */
const profile = {
  name: 'n'.repeat(40),
  given_name: 'n'.repeat(20),
  family_name: 'n'.repeat(20),
  preferred_username: 'n'.repeat(40),
  email: 'n'.repeat(40),
  email_verified: true,
  picture: 'n'.repeat(120),
  locale: 'en-GB',
}

export const checkCookie = check<Id>({
  title: 'Cookie',
  tells: {
    'cookie.forecast': `How large the session’s cookies will be for tokens of a usual size, and how large tokens may be before \`SESSION_MODE=server\` is needed (at ${cookieBudget.refuseAboveBytes} bytes sealed). \`--sign-in\` measures it.`,
  },
  async run({ settings }: Patient): Promise<readonly Finding<Id>[]> {
    if (settings.sessionMode === 'server')
      return [
        finding(
          'cookie.forecast',
          'ok',
          'SESSION_MODE is server: the cookie holds a ticket and stays small.',
        ),
      ]
    const opaque = bytes(settings, [43, 43, 900])
    const jwt = bytes(settings, [1500, 1000, 1000])
    const empty = bytes(settings, [0, 0, 0])
    const room = Math.floor(((cookieBudget.refuseAboveBytes - empty) * 3) / 4 / 100) * 100
    return [
      finding(
        'cookie.forecast',
        'note',
        `The session’s cookies will take some ${kilobytes(opaque)} with opaque tokens, some ${kilobytes(jwt)} with JWTs of usual size. Access and refresh token may take ${room} bytes together.`,
        'strongroom doctor --sign-in measures it with real tokens. For larger ones: SESSION_MODE=server.',
      ),
    ]
  },
})

function bytes(
  { provider }: Patient['settings'],
  [access, refresh, id]: readonly [access: number, refresh: number, id: number],
): number {
  const ofLength = (length: number) => randomBytes(length).toString('hex').slice(0, length)
  const asked = provider.scope.split(' ')
  const tokens = tokenSetSchema.parse({
    accessToken: ofLength(Math.max(1, access)),
    refreshToken: ofLength(Math.max(1, refresh)),
    idToken: id === 0 ? null : ofLength(id),
    issuedAt: 1_800_000_000,
    expiresAt: 1_800_003_600,
    scopes: asked,
  })
  const all = asked.includes('profile') || asked.includes('email') ? profile : {}
  const identity = { sub: ofLength(36), sid: ofLength(36), authTime: 1_800_000_000, all }
  return sealedBytes(startSession(tokens, identity, 1_800_000_000_000))
}

function kilobytes(count: number): string {
  return `${(count / 1000).toFixed(1)} kB`
}
