import { unwrap, type ProviderCheck } from '@strongroom/client'
import { useStrongroom } from '@strongroom/client/react'
import { useMutation } from '@tanstack/react-query'
import { CallFailureNotice } from '../../session/call-failure-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { timeOfDay } from '../../ui/moment.ts'

/** Has the provider asked whether the access token is good still. One that is not ends the session, which says so itself. */
export function AskProvider() {
  const session = useStrongroom()
  const { data, error, isPending, mutate } = useMutation({
    mutationKey: ['ask-provider'],
    mutationFn: async () => unwrap(await session.askProvider()).check,
  })
  return (
    <>
      <div className="row">
        <Button inert={isPending} onPress={() => mutate()}>
          Ask the provider
        </Button>
        <span className="soft" role="status">
          {isPending ? 'Asking…' : data && checkWords(data)}
        </span>
      </div>
      {error && <CallFailureNotice error={error} title="The provider was not asked." />}
    </>
  )
}

function checkWords({ state, askedAt }: ProviderCheck): string {
  const at = timeOfDay(askedAt)
  switch (state) {
    case 'active':
      return `At ${at} it said that the access token is good.`
    case 'inactive':
      return `At ${at} it said that the access token is good no more.`
    case 'unavailable':
      return `At ${at} it did not say. Nothing has changed.`
    case 'unsupported':
      return 'It can’t be asked: it has no place for that.'
  }
}
