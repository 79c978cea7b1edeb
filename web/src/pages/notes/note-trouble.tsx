import type { ReactNode } from 'react'
import type { CallError } from '../../api/call-error.ts'
import { describeFailure } from '../../api/describe-failure.ts'
import { Button } from '../../ui/button.tsx'

interface NoteTroubleProps {
  /** What did not happen: "Not saved". */
  readonly title: string
  readonly error?: CallError | null | undefined
  readonly onRetry?: (() => void) | undefined
  readonly children?: ReactNode
}

/** What is wrong with one note, beside it, with the ways on. */
export function NoteTrouble({ title, error, onRetry, children }: NoteTroubleProps) {
  const text = error && describeFailure(error.failure)
  return (
    <div className="note-trouble" role="alert">
      <p>
        <strong>{title}.</strong> {text && `${text.title}. ${text.advice}`}
      </p>
      <div className="row">
        {onRetry && <Button onPress={onRetry}>Try again</Button>}
        {children}
      </div>
    </div>
  )
}
