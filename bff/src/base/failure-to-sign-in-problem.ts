import type { SignInProblemCode } from '@strongroom/client'
import type { SignInRefusal } from './failure.ts'

export type ShownFailure = Exclude<
  SignInRefusal['failure'],
  { readonly kind: 'session-withheld' | 'sign-in-loop' }
>

/** Decides what a person, or the app's own page, may know of a sign-in that failed. No I/O. */
export function failureToSignInProblem(failure: ShownFailure): SignInProblemCode {
  switch (failure.kind) {
    case 'sign-in-refused':
      if (failure.stillSignedIn) return 'still_signed_in'
      return problemOfProviderCode.get(failure.providerCode) ?? 'sign_in_refused'
    case 'sign-in-answered':
      return 'sign_in_answered'
    case 'sign-in-unknown':
      return failure.cookies === 'none' ? 'sign_in_without_cookies' : 'sign_in_expired'
    case 'sign-in-invalid':
      return 'sign_in_untrusted'
    case 'session-too-large':
      return 'session_too_large'
    case 'store-unreachable':
      return 'store_unavailable'
    case 'client-refused':
    case 'refresh-refused':
    case 'step-up-required':
    case 'provider-unreachable':
      return 'provider_unavailable'
  }
}

/** RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6. Any other code is about us and our configuration. */
const problemOfProviderCode: ReadonlyMap<string, SignInProblemCode> = new Map([
  ['access_denied', 'sign_in_cancelled'],
  ['login_required', 'sign_in_required'],
  ['interaction_required', 'sign_in_required'],
  ['consent_required', 'sign_in_required'],
  ['account_selection_required', 'sign_in_required'],
  ['server_error', 'sign_in_interrupted'],
  ['temporarily_unavailable', 'sign_in_interrupted'],
])
