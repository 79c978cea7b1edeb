import { useSession } from '../session/use-session.ts'
import { later } from '../ui/later.tsx'
import { WelcomePage } from './welcome/welcome-page.tsx'

const OverviewPage = later(async () => (await import('./overview/overview-page.tsx')).OverviewPage)

export function HomePage() {
  const session = useSession()
  return session.status === 'signed-in' ? (
    <OverviewPage session={session} />
  ) : (
    <WelcomePage session={session} />
  )
}
