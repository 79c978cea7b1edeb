import { describeCause } from '../base/describe-cause.ts'
import type { IdentityProvider, SignIn } from '../provider/provider.ts'
import type { RefreshToken, TokenSet } from '../provider/token-set.ts'
import { cookieBudget, sealedBytes } from '../session/cookie-session-store.ts'
import { startSession } from '../session/session.ts'
import { callbackListener, type CallbackListener } from './await-callback.ts'
import { check, finding, type Check, type Finding } from './check.ts'
import { codeOf } from './code-of.ts'
import { freshChecks } from './fresh-checks.ts'
import type { Patient } from './patient.ts'

type Id =
  | 'sign-in'
  | 'sign-in.cookie'
  | 'sign-in.lifetime'
  | 'sign-in.refresh'
  | 'sign-in.rotation'
  | 'sign-in.reuse'
  | 'sign-in.revocation'

type Found = Finding<Id>

export const signInTells: Check<Id>['tells'] = {
  'sign-in': 'Whether a real sign-in brings tokens that hold up.',
  'sign-in.cookie': 'How large the session’s cookies are with them.',
  'sign-in.lifetime': 'How long access tokens live.',
  'sign-in.refresh': 'Whether there is a refresh token, and two refreshes in a row work.',
  'sign-in.rotation': 'Whether each refresh brings another refresh token.',
  'sign-in.reuse': 'Whether a spent refresh token is refused, and its successors with it.',
  'sign-in.revocation':
    'Whether a revoked refresh token is refused. All tokens of the sign-in are revoked at the end.',
}

/** Signs somebody in and looks at what comes of it. @param say  tells a person what to do */
export function checkSignIn(say: (text: string) => void): Check {
  return check<Id>({
    title: 'A real sign-in',
    tells: signInTells,
    async run(patient) {
      const listener = await callbackListener(patient.callbackUrl).catch((error: unknown) =>
        describeCause(error),
      )
      if (typeof listener === 'string')
        return [
          finding(
            'sign-in',
            'fault',
            `${patient.callbackUrl.host}, where the sign-in returns to, can’t be listened on (${listener}).`,
            'Stop the server while this is tried.',
          ),
        ]
      try {
        return await signIn(patient, listener, say)
      } finally {
        listener.close()
      }
    },
  })
}

async function signIn(
  patient: Patient,
  listener: CallbackListener,
  say: (text: string) => void,
): Promise<readonly Found[]> {
  const provider = patient.provider()
  const checks = freshChecks(patient.settings.clock.now())
  const url = await provider.authorizationUrl(checks, {})
  if (!url.ok) return [failed('could not begin', codeOf(url.error))]
  say(`Open this in a browser and sign in:\n\n  ${url.value.href}\n\n`)
  if (listener.note !== null) say(`${listener.note}\n`)
  const answer = await listener.answer(checks.state)
  if (answer === null) return [failed('did not come back', 'no answer that belongs to it')]
  const signedIn = await provider.exchangeCode(answer, checks)
  if (!signedIn.ok) {
    const { failure, refused } = signedIn.error
    if (refused !== null) await revokeAll(provider, refused, refused.refreshToken)
    return [failed('failed', codeOf(failure))]
  }
  const found = [
    finding<Id>('sign-in', 'ok', 'A sign-in brings tokens, and they hold up.'),
    cookie(patient, signedIn.value),
    lifetime(signedIn.value.tokens),
    ...(await refreshes(provider, signedIn.value)),
  ]
  const end = await provider.endSessionUrl(null, 'strongroom-doctor')
  if (end) say(`To sign out at the provider, open:\n\n  ${end.href}\n\n`)
  return found
}

function failed(how: string, code: string): Found {
  return finding(
    'sign-in',
    'fault',
    `The sign-in ${how} (${code}).`,
    'What is wrong with the client, and with what the provider supports, is told above.',
  )
}

function cookie({ settings }: Patient, { tokens, claims }: SignIn): Found {
  if (settings.sessionMode === 'server')
    return finding('sign-in.cookie', 'ok', 'The cookie holds a ticket and stays small.')
  const bytes = sealedBytes(startSession(tokens, claims, settings.clock.milliseconds()))
  const { warnAboveBytes, refuseAboveBytes } = cookieBudget
  const told = `The session’s cookies take ${bytes} bytes.`
  if (bytes <= warnAboveBytes) return finding('sign-in.cookie', 'ok', told)
  const slim = sealedBytes(
    startSession({ ...tokens, idToken: null }, claims, settings.clock.milliseconds()),
  )
  return slim > refuseAboveBytes
    ? finding(
        'sign-in.cookie',
        'fault',
        `${told} That is too large: this sign-in would be refused.`,
        'Set SESSION_MODE=server, or let the provider put less into its tokens.',
      )
    : finding(
        'sign-in.cookie',
        'warning',
        `${told} They go without the ID token, and a proxy may refuse them.`,
        'Set SESSION_MODE=server, or see that proxies let 16 kB of headers through.',
      )
}

function lifetime({ issuedAt, expiresAt }: TokenSet): Found {
  const seconds = expiresAt - issuedAt
  const told = `Access tokens live ${seconds} s.`
  if (seconds < 60)
    return finding(
      'sign-in.lifetime',
      'warning',
      told,
      'Let them live five minutes: every few calls would refresh.',
    )
  return seconds > 7200
    ? finding(
        'sign-in.lifetime',
        'warning',
        `${told} One that got out could be used for so long.`,
        'Let them live five minutes to an hour.',
      )
    : finding('sign-in.lifetime', 'ok', told)
}

async function refreshes(provider: IdentityProvider, { tokens, claims }: SignIn): Promise<Found[]> {
  const first = tokens.refreshToken
  if (first === null) {
    await provider.revoke(tokens.accessToken, 'access')
    return [
      finding(
        'sign-in.refresh',
        'warning',
        'The sign-in brings no refresh token: a session ends with its access token.',
        'Ask for offline_access in OIDC_SCOPE, allow this client the refresh token grant, or at Google set OIDC_AUTHORIZE_PARAMS=access_type=offline&prompt=consent.',
      ),
    ]
  }
  const use = async (refreshToken: RefreshToken, idToken = tokens.idToken) =>
    provider.refresh({ refreshToken, idToken, scopes: tokens.scopes }, claims.sub)
  const one = await use(first)
  if (!one.ok)
    return [refreshFailed(codeOf(one.error.failure)), ...(await revokeAll(provider, tokens, first))]
  const second = one.value.refreshToken ?? first
  const two = await use(second)
  if (!two.ok)
    return [
      refreshFailed(codeOf(two.error.failure)),
      ...(await revokeAll(provider, one.value, second)),
    ]
  const latest = two.value.refreshToken ?? second
  const rotates = second !== first
  const again = rotates ? await use(first) : null
  // What the spent one brought is newer still.
  const newest = again?.ok ? (again.value.refreshToken ?? latest) : latest
  const after = rotates && !again?.ok ? await use(latest) : null
  const isFamilyOver = after !== null && !after.ok
  const newestAfter = after?.ok ? (after.value.refreshToken ?? newest) : newest
  return [
    finding('sign-in.refresh', 'ok', 'Two refreshes in a row work.'),
    rotation(rotates),
    ...(rotates ? [reuse(again?.ok === true, isFamilyOver)] : []),
    ...(await revocation(provider, two.value, newestAfter, isFamilyOver, use)),
    ...(newest !== latest ? await revokeAll(provider, two.value, latest) : []),
  ]
}

function refreshFailed(code: string): Found {
  return finding(
    'sign-in.refresh',
    'fault',
    `A refresh fails (${code}).`,
    'Allow this client the refresh token grant.',
  )
}

function rotation(rotates: boolean): Found {
  return rotates
    ? finding('sign-in.rotation', 'ok', 'Each refresh brings another refresh token (rotation).')
    : finding(
        'sign-in.rotation',
        'note',
        'The refresh token stays the same at a refresh. For a confidential client that is allowed; rotation is better, if the provider has it.',
      )
}

function reuse(oldWorks: boolean, isFamilyOver: boolean): Found {
  if (oldWorks)
    return finding(
      'sign-in.reuse',
      'note',
      'A spent refresh token still works: the provider has a time of grace, or does not look for reuse.',
    )
  return finding(
    'sign-in.reuse',
    'ok',
    isFamilyOver
      ? 'A spent refresh token is refused, and its successors with it: theft is noticed.'
      : 'A spent refresh token is refused; its successors live on.',
  )
}

async function revocation(
  provider: IdentityProvider,
  tokens: TokenSet,
  newest: RefreshToken,
  isFamilyOver: boolean,
  use: (token: RefreshToken) => ReturnType<IdentityProvider['refresh']>,
): Promise<readonly Found[]> {
  const id = 'sign-in.revocation'
  const access = await provider.revoke(tokens.accessToken, 'access')
  const outcome = await provider.revoke(newest, 'refresh')
  if (outcome === 'unsupported')
    return [
      finding(
        id,
        'warning',
        'The provider revokes no refresh tokens.',
        'End the session at the provider at sign-out, and let refresh tokens live for hours, not months.',
      ),
    ]
  if (typeof outcome === 'object')
    return [
      finding(
        id,
        'fault',
        `The refresh token could not be revoked (${outcome.failed}).`,
        'Allow this client the revocation endpoint. Meanwhile end this session at the provider.',
      ),
    ]
  if (isFamilyOver)
    return [
      finding(
        id,
        'ok',
        'Revocation is answered; what it was asked for was over by the reuse before.',
      ),
    ]
  const afterwards = await use(newest)
  return [
    afterwards.ok
      ? finding(
          id,
          'fault',
          'A refresh token works on after it was revoked.',
          'Report it to the provider. Meanwhile end this session there.',
        )
      : finding(
          id,
          'ok',
          `A revoked refresh token is refused${access === 'revoked' ? '; access tokens are taken for revocation, too' : ''}.`,
        ),
  ]
}

/** Leaves nothing behind. */
async function revokeAll(
  provider: IdentityProvider,
  tokens: TokenSet,
  refreshToken: RefreshToken | null,
): Promise<[]> {
  await provider.revoke(tokens.accessToken, 'access')
  if (refreshToken !== null) await provider.revoke(refreshToken, 'refresh')
  return []
}
