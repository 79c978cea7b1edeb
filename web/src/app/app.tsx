import { QueryClientProvider } from '@tanstack/react-query'
import { StrongroomProvider } from '@strongroom/client/react'
import { Suspense, useEffect, useState } from 'react'
import { Route, Switch } from 'wouter'
import { session } from '../api/bff.ts'
import { HomePage, OverviewPage } from '../pages/home-page.tsx'
import { NotFoundPage } from '../pages/not-found-page.tsx'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { later } from '../ui/later.tsx'
import { Waiting } from '../ui/waiting.tsx'
import { createQueryClient } from './query-client.ts'
import { Shell } from './shell.tsx'

const NotesPage = later(async () => (await import('../pages/notes/notes-page.tsx')).NotesPage)
const ApiViewPage = later(
  async () => (await import('../pages/api-view/api-view-page.tsx')).ApiViewPage,
)

export function App() {
  const [client] = useState(createQueryClient)

  useEffect(() => {
    for (const page of [OverviewPage, NotesPage, ApiViewPage]) page.fetchCode()
  }, [])

  return (
    <ErrorBoundary>
      <StrongroomProvider session={session}>
        <QueryClientProvider client={client}>
          <Shell>
            <Suspense fallback={<Waiting what="the page" />}>
              <Switch>
                <Route path="/" component={HomePage} />
                <Route path="/notes" component={NotesPage} />
                <Route path="/api-view" component={ApiViewPage} />
                <Route component={NotFoundPage} />
              </Switch>
            </Suspense>
          </Shell>
        </QueryClientProvider>
      </StrongroomProvider>
    </ErrorBoundary>
  )
}
