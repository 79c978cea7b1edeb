import type { EchoedCall } from '../../api/echoed-call.ts'
import { Panel } from '../../ui/panel.tsx'

/** What the API answered, and how long it took. */
export function Answer({ answer }: { readonly answer: EchoedCall['answer'] }) {
  const { status, milliseconds, text, type } = answer
  return (
    <Panel title="Answer">
      <p role="status">
        <strong className="figures">{status}</strong> {statusWord(status)} in{' '}
        {Math.round(milliseconds)} ms
        {type && (
          <>
            , as <code>{type.split(';')[0]}</code>
          </>
        )}
      </p>
      {text ? <pre className="answer-text">{pretty(text)}</pre> : <p className="soft">No body.</p>}
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
