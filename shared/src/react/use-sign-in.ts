import { loginPath, type LoginParameter } from '../routes.ts'
import { useStrongroom } from './provider.tsx'

export interface SignIn {
  /**
   * The address of a sign-in, for a plain link: `<a href={signIn.href()}>`.
   *
   * @param returnTo  where it ends. @default where the page is now
   */
  href(returnTo?: string, parameters?: Partial<Record<LoginParameter, string>>): string
  /** Goes there. */
  navigate(returnTo?: string, parameters?: Partial<Record<LoginParameter, string>>): void
}

/** How to sign in: a navigation, never a call. */
export function useSignIn(): SignIn {
  const { baseUrl } = useStrongroom().client
  const href: SignIn['href'] = (returnTo = here(), parameters) =>
    baseUrl + loginPath(returnTo, parameters)
  return {
    href,
    navigate: (returnTo, parameters) => window.location.assign(href(returnTo, parameters)),
  }
}

function here(): string {
  const { pathname, search, hash } = window.location
  return pathname + search + hash
}
