import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { callLog } from '../../api/call-log.ts'
import { whoamiQuery } from '../../api/whoami.ts'
import { CallFailureNotice } from '../../session/call-failure-notice.tsx'
import { Button } from '../../ui/button.tsx'

interface CallNowProps {
  readonly sub: string
  readonly refreshCount: number
}

/** One call of the API, to see what it does to the token. */
export function CallNow({ sub, refreshCount }: CallNowProps) {
  const { error, isFetching, refetch } = useQuery({ ...whoamiQuery(sub), enabled: false })
  return (
    <>
      <div className="row">
        <Button look="strong" inert={isFetching} onPress={() => void refetch()}>
          Call the API now
        </Button>
        <span className="soft" role="status">
          {isFetching ? 'Calling…' : <LastCall refreshCount={refreshCount} />}
        </span>
      </div>
      {error && <CallFailureNotice error={error} title="The call brought nothing." />}
    </>
  )
}

function LastCall({ refreshCount }: { readonly refreshCount: number }) {
  const last = useSyncExternalStore(callLog.subscribe, callLog.snapshot).at(-1)
  if (!last) return null
  const took = `${last.method} ${last.path}: ${last.status ?? 'no answer'} in ${Math.round(last.milliseconds)} ms.`
  return refreshCount === 0 ? took : `${took} Tokens refreshed: ${refreshCount}.`
}
