import { QueryClientProvider } from '@tanstack/react-query'
import { StrongroomProvider } from '@strongroom/client/react'
import { Suspense, useState } from 'react'
import { Route, Switch } from 'wouter'
import { session } from '../api/bff.ts'
import { HomePage } from '../pages/home-page.tsx'
import { NotFoundPage } from '../pages/not-found-page.tsx'
import { SignedInPage } from '../session/signed-in-page.tsx'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { Waiting } from '../ui/waiting.tsx'
import { AccountPage, ConsolePage, NotesPage } from './pages.ts'
import { createQueryClient } from './query-client.ts'
import { Shell } from './shell.tsx'

export function App() {
  const [client] = useState(createQueryClient)

  return (
    <ErrorBoundary>
      <StrongroomProvider session={session}>
        <QueryClientProvider client={client}>
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
        </QueryClientProvider>
      </StrongroomProvider>
    </ErrorBoundary>
  )
}
