import { useQuery } from '@tanstack/react-query'
import { whoamiQuery } from '../../api/whoami.ts'
import { CallFailureNotice } from '../../session/call-failure-notice.tsx'
import { SignedInOnly } from '../../session/signed-in-only.tsx'
import { Button } from '../../ui/button.tsx'
import { Facts } from '../../ui/facts.tsx'
import { timeOfDay } from '../../ui/moment.ts'
import { PageHeading } from '../../ui/page-heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Waiting } from '../../ui/waiting.tsx'
import { wireValue } from '../../ui/wire-value.ts'
import { CallComparison } from './call-comparison.tsx'
import './api-view.css'

export function ApiViewPage() {
  return (
    <div className="stack">
      <PageHeading title="What the API saw">
        <p className="soft">
          One call, as this page sent it and as the API received it. Strongroom stands between.
        </p>
      </PageHeading>
      <SignedInOnly what="what the API sees of a call of yours">
        {({ view }) => <ApiView sub={view.user.sub} />}
      </SignedInOnly>
    </div>
  )
}

function ApiView({ sub }: { readonly sub: string }) {
  const { data: seen, error, refetch, isFetching, dataUpdatedAt } = useQuery(whoamiQuery(sub))
  return (
    <>
      <div className="row">
        <Button look="strong" inert={isFetching} onPress={() => void refetch()}>
          Call again
        </Button>
        <span className="soft" role="status">
          {isFetching ? 'Calling…' : seen && `Answered at ${timeOfDay(dataUpdatedAt / 1_000)}.`}
        </span>
      </div>
      {error && <CallFailureNotice error={error} title="The call brought nothing." />}
      {!seen && isFetching && <Waiting what="the answer" />}
      {seen && (
        <>
          <Panel title="The call">
            <CallComparison seen={seen} />
          </Panel>
          <div className="columns">
            <Panel title="Claims of the token">
              <Facts code facts={wireFacts(seen.claims)} />
            </Panel>
            <Panel title="All headers received">
              <Facts code facts={wireFacts(seen.headers)} />
            </Panel>
          </div>
        </>
      )}
    </>
  )
}

function wireFacts(members: Readonly<Record<string, unknown>>) {
  return Object.entries(members).map(([name, value]) => [name, wireValue(value)] as const)
}
