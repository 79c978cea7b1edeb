import type { EchoedCall } from '../../api/echoed-call.ts'
import { Panel } from '../../ui/panel.tsx'

interface AnswerProps {
  readonly answer: EchoedCall['answer']
}

/** How the call ended, and how long it took. */
export function AnswerLine({ answer: { status, milliseconds, type } }: AnswerProps) {
  return (
    <p role="status">
      <strong className="figures">{status}</strong> {statusWord(status)} in{' '}
      {Math.round(milliseconds)} ms
      {type && (
        <>
          , as <code>{type.split(';')[0]}</code>
        </>
      )}
    </p>
  )
}

export function AnswerBody({ answer: { text } }: AnswerProps) {
  return (
    <Panel title="Answer">
      {text ? (
        <pre className="answer-text">{pretty(text)}</pre>
      ) : (
        <p className="soft">The answer has no body.</p>
      )}
    </Panel>
  )
}

function statusWord(status: number): string {
  if (status < 300) return 'done'
  if (status < 500) return 'refused'
  return 'failed'
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
