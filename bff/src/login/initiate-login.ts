import { loginPath } from '@strongroom/client'
import type { Context, Handler } from 'hono'
import { SignInRefusal } from '../base/failure.ts'
import { isForm } from '../base/is-form.ts'
import { PlainError } from '../base/plain-error.ts'
import { localReturnTo } from '../base/return-to.ts'

export interface InitiateLoginParts {
  readonly publicUrl: URL
  /** The provider's, letter by letter. */
  readonly issuerIdentifier: string
  readonly reservedPaths: readonly string[]
}

/**
 * `GET` and `POST /auth/login/initiate`: a sign-in that the provider or a portal of it begins (OpenID Connect Core §4). It is a
 * way to the sign-in's own door and no more: nothing is begun here, and what comes back there is bound to the browser as ever.
 */
export function initiateLogin({
  publicUrl,
  issuerIdentifier,
  reservedPaths,
}: InitiateLoginParts): Handler {
  return async function initiateLogin(c) {
    const asked = await parametersOf(c)
    const target = pathWithin(publicUrl, asked.get('target_link_uri') ?? '/')
    const returnTo = localReturnTo(target, publicUrl, reservedPaths)
    const issuers = asked.getAll('iss')
    if (issuers.length !== 1 || issuers[0] !== issuerIdentifier)
      throw new SignInRefusal({ kind: 'sign-in-invalid', cause: foreign }, returnTo)
    const hint = asked.get('login_hint') ?? ''
    const isHint = hint !== '' && hint.length <= longestHint
    return c.redirect(loginPath(returnTo, isHint ? { login_hint: hint } : {}), 303)
  }
}

/** Longer than any name or address, and short enough for a URL. */
const longestHint = 1000

const foreign = new PlainError('begun in the name of another issuer')

async function parametersOf({ req }: Context): Promise<URLSearchParams> {
  if (req.method === 'GET') return new URL(req.url).searchParams
  return new URLSearchParams(isForm(req.header('content-type')) ? await req.text() : '')
}

/** Of a URL at our own origin its path; whatever else it is, the check of paths refuses. */
function pathWithin({ origin }: URL, target: string): string {
  return target.startsWith(`${origin}/`) ? target.slice(origin.length) : target
}
