import { useEffect, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { StepUpDialog } from '../session/step-up-dialog.tsx'
import { useSessionPolling } from '../session/use-session-polling.ts'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { useSession } from '../session/use-session.ts'
import { OfflineBanner } from './offline-banner.tsx'
import { fetchPages } from './pages.ts'
import { SessionBanner } from './session-banner.tsx'
import { SiteHeader } from './site-header.tsx'
import './shell.css'

export function Shell({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation()
  const { status } = useSession()
  useSessionPolling()

  useEffect(() => {
    // Nobody who has not signed in fetches what they may never see.
    if (status === 'signed-in') fetchPages()
  }, [status])

  return (
    <div className="shell">
      <a className="button skip-link" href="#main">
        Skip to content
      </a>
      <SiteHeader />
      <main id="main" tabIndex={-1} className="shell-band shell-main">
        <OfflineBanner />
        <SessionBanner />
        <StepUpDialog />
        <ErrorBoundary key={path}>{children}</ErrorBoundary>
      </main>
      <footer className="shell-footer">
        <p className="shell-band">A demo of Strongroom: signed in, and no token in the browser.</p>
      </footer>
    </div>
  )
}
