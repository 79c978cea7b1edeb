import { Link, useLocation } from 'wouter'
import { CallFailureNotice } from '../session/call-failure-notice.tsx'
import type { SignedIn } from '../session/session.ts'
import { useSession } from '../session/use-session.ts'
import { useSignOut } from '../session/use-sign-out.ts'
import { userName } from '../session/user-name.ts'
import { Button } from '../ui/button.tsx'
import { Wheel } from '../ui/wheel.tsx'
import { navigation } from './pages.ts'

export function SiteHeader() {
  const session = useSession()
  return (
    <header className="shell-header">
      <div className="shell-band">
        <Link href="/" className="shell-name">
          <Wheel />
          Strongroom
        </Link>
        <SiteNavigation />
        {session.status === 'signed-in' && <Account user={session.view.user} />}
      </div>
    </header>
  )
}

function SiteNavigation() {
  const [here] = useLocation()
  return (
    <nav className="shell-nav" aria-label="Pages">
      <ul>
        {navigation.map(({ path, name }) => (
          <li key={path}>
            <Link href={path} aria-current={path === here ? 'page' : undefined}>
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Account({ user }: { readonly user: SignedIn['view']['user'] }) {
  const { mutate, isPending, error } = useSignOut()
  return (
    <>
      <div className="shell-account">
        <span className="shell-user">{userName(user)}</span>
        <Button onPress={() => mutate()} inert={isPending}>
          {isPending ? 'Signing out…' : 'Sign out'}
        </Button>
      </div>
      {error && <CallFailureNotice error={error} title="Signing out did not work." />}
    </>
  )
}
