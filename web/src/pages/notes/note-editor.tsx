import { useEffect, useId, useRef, type FormEvent } from 'react'
import { noteTextLength } from '../../api/notes.ts'
import { Button } from '../../ui/button.tsx'
import { submitOnCtrlEnter } from './note-form.tsx'

interface NoteEditorProps {
  readonly text: string
  readonly onChange: (text: string) => void
  readonly onSave: (text: string) => void
  readonly onCancel: () => void
}

export function NoteEditor({ text, onChange, onSave, onCancel }: NoteEditorProps) {
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    const length = field.current?.value.length ?? 0
    field.current?.focus()
    field.current?.setSelectionRange(length, length)
  }, [])

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (text.trim()) onSave(text.trim())
  }

  return (
    <form className="note-form" onSubmit={submit}>
      <label htmlFor={id}>Note text</label>
      <textarea
        ref={field}
        id={id}
        rows={3}
        maxLength={noteTextLength}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => (event.key === 'Escape' ? onCancel() : submitOnCtrlEnter(event))}
      />
      <div className="row">
        <Button type="submit" look="strong" inert={!text.trim()}>
          Save
        </Button>
        <Button onPress={onCancel}>Cancel</Button>
      </div>
    </form>
  )
}
