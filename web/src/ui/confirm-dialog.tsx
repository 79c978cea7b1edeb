import { useRef, type ReactNode } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

interface ConfirmDialogProps {
  readonly title: string
  /** What will happen, so that nobody has to guess. */
  readonly children: ReactNode
  /** The deed by its name: "Sign out of 3 places", not "OK". */
  readonly deed: string
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before something that can't be undone. */
export function ConfirmDialog({ title, children, deed, onConfirm, onClose }: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)

  function confirm(): void {
    onConfirm()
    dialog.current?.close()
  }

  return (
    <Dialog ref={dialog} title={title} onClose={onClose}>
      {children}
      <div className="dialog-actions">
        {/* First, so that it has the focus: Enter by mistake does no harm. */}
        <Button onPress={() => dialog.current?.close()}>Cancel</Button>
        <Button look="alarm" onPress={confirm}>
          {deed}
        </Button>
      </div>
    </Dialog>
  )
}
