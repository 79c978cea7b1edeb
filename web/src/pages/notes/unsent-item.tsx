import { Button } from '../../ui/button.tsx'
import { NoteTrouble } from './note-trouble.tsx'
import type { ChangeState } from './use-note-changes.ts'

interface UnsentItemProps {
  readonly text: string
  /** What is wrong when nothing is under way. */
  readonly title: string
  readonly state: ChangeState | undefined
  readonly onSave: () => void
  readonly saveLabel: string
  readonly onDiscard: () => void
}

/** A text that the API does not have: on its way, refused, or left over from before a reload. */
export function UnsentItem(props: UnsentItemProps) {
  const { text, title, state, onSave, saveLabel, onDiscard } = props
  if (state?.status === 'pending') {
    return (
      <li className="note note-unsent">
        <p className="note-text">{text}</p>
        <div className="note-foot">
          <span className="soft small">Saving…</span>
        </div>
      </li>
    )
  }
  return (
    <li className="note note-unsent">
      <p className="note-text">{text}</p>
      <NoteTrouble title={title} error={state?.error}>
        <Button onPress={onSave}>{saveLabel}</Button>
        <Button onPress={onDiscard}>Discard</Button>
      </NoteTrouble>
    </li>
  )
}
