import { routes } from '@strongroom/client'
import { useLocation } from 'wouter'
import type { CallError } from '../api/call-error.ts'
import { describeFailure } from '../api/describe-failure.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'

interface CallFailureNoticeProps {
  readonly error: CallError
  readonly retry?: () => void
  /** What did not happen, when the failure alone does not say it. */
  readonly title?: string
}

/** A failed call in plain words, with the way on: trying again, or a stronger sign-in where the provider wants one. */
export function CallFailureNotice({ error, retry, title }: CallFailureNoticeProps) {
  const text = describeFailure(error.failure)
  const stepUp = useStepUpPath(error)
  return (
    <Notice
      tone="alarm"
      title={title ?? `${text.title}.`}
      advice={title ? `${text.title}. ${text.advice}` : text.advice}
    >
      {stepUp ? (
        <a className="button" href={stepUp}>
          Confirm it’s you
        </a>
      ) : (
        retry && <Button onPress={retry}>Try again</Button>
      )}
    </Notice>
  )
}

function useStepUpPath({ failure }: CallError): string | null {
  const [path] = useLocation()
  if (failure.kind !== 'problem' || failure.problem.code !== 'step_up_required') return null
  const login = new URL(failure.problem.login ?? routes.login, window.location.origin)
  login.searchParams.set('return_to', path)
  return login.origin === window.location.origin ? login.pathname + login.search : null
}
