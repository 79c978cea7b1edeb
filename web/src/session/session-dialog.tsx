import { useEffect, useId, useRef, type ReactNode } from 'react'
import './session.css'

interface SessionDialogProps {
  readonly title: string
  readonly children: ReactNode
  /** Called when the user closes it. Without it, it can’t be closed. */
  readonly onClose?: () => void
}

/** The browser's own dialog: it keeps the focus inside, makes the page behind it inert, and gives the focus back. */
export function SessionDialog({ title, children, onClose }: SessionDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()

  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal()
  }, [])

  return (
    <dialog
      ref={dialog}
      className="session-dialog"
      aria-labelledby={id}
      onCancel={(event) => onClose ?? event.preventDefault()}
      onClose={onClose}
    >
      <div className="stack">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
