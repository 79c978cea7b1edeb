import { useEffect, useId, useRef, type FormEvent, type ReactNode } from 'react'
import { noteTextLength } from '../../api/notes.ts'
import { Button } from '../../ui/button.tsx'
import { submitOnCtrlEnter } from './note-form.tsx'

interface NoteEditorProps {
  readonly text: string
  readonly onChange: (text: string) => void
  /** Without it the text can be changed but not saved. */
  readonly onSave?: (text: string) => void
  readonly onCancel?: () => void
  /** Whether to take the focus: not for a text that was there when the page was opened. */
  readonly takeFocus: boolean
  /** What stands between the text and its buttons. */
  readonly children?: ReactNode
}

export function NoteEditor(props: NoteEditorProps) {
  const { text, onChange, onSave, onCancel, takeFocus, children } = props
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    if (!takeFocus) return
    const length = field.current?.value.length ?? 0
    field.current?.focus()
    field.current?.setSelectionRange(length, length)
    // Once, as it opens.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [])

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (text.trim()) onSave?.(text.trim())
  }

  return (
    <form className="note-form" onSubmit={submit}>
      <label className="label" htmlFor={id}>
        Note text
      </label>
      <textarea
        ref={field}
        id={id}
        className="field"
        rows={3}
        maxLength={noteTextLength}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => (event.key === 'Escape' ? onCancel?.() : submitOnCtrlEnter(event))}
      />
      {children}
      {(onSave || onCancel) && (
        <div className="row">
          {onSave && (
            <Button type="submit" look="strong" inert={!text.trim()}>
              Save
            </Button>
          )}
          {onCancel && <Button onPress={onCancel}>Cancel</Button>}
        </div>
      )}
    </form>
  )
}
