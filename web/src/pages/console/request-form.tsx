import { useId, type FormEvent } from 'react'
import { pathWithinApi } from '../../api/echoed-call.ts'
import { Button } from '../../ui/button.tsx'
import { isMethod, knownPaths, methods, sendsBody, type Draft } from './request-draft.ts'

interface RequestFormProps {
  readonly draft: Draft
  readonly onChange: (draft: Draft) => void
  readonly onSend: () => void
  readonly busy: boolean
}

export function RequestForm({ draft, onChange, onSend, busy }: RequestFormProps) {
  const id = useId()
  const leaves = pathWithinApi(draft.path) === null

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (!busy && !leaves) onSend()
  }

  return (
    <form className="request" onSubmit={submit}>
      <div className="request-line">
        <label className="request-part" htmlFor={`${id}-method`}>
          <span className="label">Method</span>
          <select
            id={`${id}-method`}
            className="field"
            value={draft.method}
            onChange={({ target: { value } }) =>
              isMethod(value) && onChange({ ...draft, method: value })
            }
          >
            {methods.map((method) => (
              <option key={method}>{method}</option>
            ))}
          </select>
        </label>
        <label className="request-part" htmlFor={`${id}-path`}>
          <span className="label">Path at the API</span>
          <input
            id={`${id}-path`}
            className="field figures"
            list={`${id}-paths`}
            value={draft.path}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            aria-invalid={leaves}
            aria-describedby={leaves ? `${id}-fault` : undefined}
            onChange={(event) => onChange({ ...draft, path: event.target.value })}
          />
          <datalist id={`${id}-paths`}>
            {knownPaths.map((path) => (
              <option key={path}>{path}</option>
            ))}
          </datalist>
        </label>
        <Button type="submit" look="strong" inert={busy || leaves}>
          {busy ? 'Sending…' : 'Send'}
        </Button>
      </div>
      {leaves && (
        <p id={`${id}-fault`} className="request-fault">
          This path leads out of the API. Begin it with a slash, and leave out the dots.
        </p>
      )}
      {sendsBody(draft.method) && (
        <label className="request-part" htmlFor={`${id}-body`}>
          <span className="label">Body, as JSON</span>
          <textarea
            id={`${id}-body`}
            className="field figures"
            rows={2}
            value={draft.body}
            spellCheck={false}
            onChange={(event) => onChange({ ...draft, body: event.target.value })}
          />
        </label>
      )}
    </form>
  )
}
