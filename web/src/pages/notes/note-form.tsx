import { useId, useState, type FormEvent, type KeyboardEvent } from 'react'
import { noteTextLength } from '../../api/notes.ts'
import { Button } from '../../ui/button.tsx'

interface NoteFormProps {
  readonly text: string
  readonly onChange: (text: string) => void
  /** Without it the note can be typed but not added. */
  readonly onAdd?: (text: string, important: boolean) => void
}

export function NoteForm({ text, onChange, onAdd }: NoteFormProps) {
  const id = useId()
  const [isImportant, setImportant] = useState(false)

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (!text.trim() || !onAdd) return
    onAdd(text.trim(), isImportant)
    setImportant(false)
  }

  return (
    <form className="note-form" onSubmit={submit}>
      <label className="label" htmlFor={id}>
        New note
      </label>
      <textarea
        id={id}
        className="field"
        rows={3}
        maxLength={noteTextLength}
        value={text}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={submitOnCtrlEnter}
      />
      <label className="row">
        <input
          type="checkbox"
          checked={isImportant}
          onChange={(event) => setImportant(event.target.checked)}
        />
        Important: taken only soon after you have signed in
      </label>
      <div className="row">
        <Button type="submit" look="strong" inert={!onAdd || !text.trim()}>
          Add note
        </Button>
        <span id={`${id}-hint`} className="soft small">
          {onAdd ? (
            <span className="keyboard-hint">Ctrl + Enter adds it too.</span>
          ) : (
            'You can add it once you have signed in.'
          )}
        </span>
      </div>
    </form>
  )
}

export function submitOnCtrlEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    event.currentTarget.form?.requestSubmit()
  }
}
