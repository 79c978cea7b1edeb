import { StrongroomProvider } from '@strongroom/client/react'
import { Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { session } from '../api/bff.ts'
import { NotFoundPage } from '../pages/not-found-page.tsx'
import { SignedInPage } from '../session/signed-in-page.tsx'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { Waiting } from '../ui/waiting.tsx'
import { HomePage } from './home-page.tsx'
import { AccountPage, ConsolePage, NotesPage } from './pages.ts'
import { Shell } from './shell.tsx'

export function App() {
  return (
    <ErrorBoundary>
      <StrongroomProvider session={session}>
        <Shell>
          <Suspense fallback={<Waiting what="the page" lines={6} />}>
            <Switch>
              <Route path="/" component={HomePage} />
              <Route path="/notes" component={NotesPage} />
              <Route path="/account" component={AccountPage} />
              <Route path="/console" component={ConsolePage} />
              <Route path="/signed-in" component={SignedInPage} />
              <Route component={NotFoundPage} />
            </Switch>
          </Suspense>
        </Shell>
      </StrongroomProvider>
    </ErrorBoundary>
  )
}
