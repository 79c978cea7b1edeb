import { useEffect, useId, useRef, type ReactNode, type Ref } from 'react'
import './dialog.css'

interface DialogProps {
  readonly title: string
  readonly children: ReactNode
  /** Called when it has been closed. Without it, it can’t be closed. */
  readonly onClose?: (() => void) | undefined
  /** For who closes it by its own buttons. */
  readonly ref?: Ref<HTMLDialogElement>
}

/**
 * The browser's own dialog: it keeps the focus inside, makes the page behind it inert, closes on Escape, and gives the focus
 * back.
 */
export function Dialog({ title, children, onClose, ref }: DialogProps) {
  const own = useRef<HTMLDialogElement>(null)
  const id = useId()

  useEffect(() => {
    if (!own.current?.open) own.current?.showModal()
  }, [])

  return (
    <dialog
      ref={(element) => {
        own.current = element
        if (typeof ref === 'function') return ref(element)
        if (ref) ref.current = element
        return undefined
      }}
      className="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        if (!onClose) event.preventDefault()
      }}
      // A browser closes it on the second Escape, whatever was said to the first.
      onClose={onClose ?? (() => own.current?.showModal())}
    >
      <div className="stack">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
