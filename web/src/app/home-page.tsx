import { WelcomePage } from '../pages/welcome/welcome-page.tsx'
import { useSession } from '../session/use-session.ts'
import { OverviewPage } from './pages.ts'

export function HomePage() {
  const session = useSession()
  return session.status === 'signed-in' ? (
    <OverviewPage session={session} />
  ) : (
    <WelcomePage session={session} />
  )
}
