import { loginPath } from '@strongroom/client'
import { useLocation, useSearch } from 'wouter'

/** A plain link: signing in is a navigation, and it comes back to this very page. */
export function SignInLink() {
  return (
    <a className="button button-strong" href={useLoginPath()}>
      Sign in
    </a>
  )
}

/** The address that signs in and returns to where the reader is now. */
export function useLoginPath(): string {
  const [path] = useLocation()
  const search = useSearch()
  return loginPath(search ? `${path}?${search}` : path)
}
