import type { ReactNode, Ref } from 'react'

interface ButtonProps {
  readonly children: ReactNode
  readonly onPress?: (() => void) | undefined
  readonly look?: 'plain' | 'strong' | 'quiet' | 'alarm'
  readonly type?: 'button' | 'submit'
  /** Nothing happens on a press. The button keeps the focus, which `disabled` would throw away. */
  readonly inert?: boolean
  readonly label?: string | undefined
  /** The id of what tells it from others of the same name. */
  readonly describedBy?: string
  readonly ref?: Ref<HTMLButtonElement>
}

export function Button(props: ButtonProps) {
  const { children, onPress, look = 'plain', type = 'button', inert = false } = props
  const { label, describedBy, ref } = props
  return (
    <button
      ref={ref}
      type={inert ? 'button' : type}
      className={`button button-${look}`}
      aria-disabled={inert}
      aria-label={label}
      aria-describedby={describedBy}
      onClick={inert ? undefined : onPress}
    >
      {children}
    </button>
  )
}
