import { useEffect, useId, useRef, type ReactNode } from 'react'
import { Button } from './button.tsx'
import './confirm-dialog.css'

interface ConfirmDialogProps {
  readonly title: string
  /** What will happen, so that nobody has to guess. */
  readonly children: ReactNode
  /** The deed by its name: "Sign out of 3 places", not "OK". */
  readonly deed: string
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/**
 * Asks before something that can't be undone. The browser's own dialog: it keeps the focus inside, makes the rest inert,
 * closes on Escape, and gives the focus back.
 */
export function ConfirmDialog({ title, children, deed, onConfirm, onClose }: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()

  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal()
  }, [])

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onClose={onClose}
    >
      <div className="stack">
        <h2 id={`${id}-title`}>{title}</h2>
        <div id={`${id}-text`}>{children}</div>
        <div className="dialog-actions">
          {/* First, so that it has the focus: Enter by mistake does no harm. */}
          <Button onPress={() => dialog.current?.close()}>Cancel</Button>
          <Button
            look="alarm"
            onPress={() => {
              onConfirm()
              dialog.current?.close()
            }}
          >
            {deed}
          </Button>
        </div>
      </div>
    </dialog>
  )
}
