import type { ReactNode, Ref } from 'react'

interface ButtonProps {
  readonly children: ReactNode
  readonly onPress?: (() => void) | undefined
  readonly look?: 'plain' | 'strong' | 'quiet'
  readonly type?: 'button' | 'submit'
  /** Nothing happens on a press. The button keeps the focus, which `disabled` would throw away. */
  readonly inert?: boolean
  readonly label?: string | undefined
  readonly ref?: Ref<HTMLButtonElement>
}

export function Button(props: ButtonProps) {
  const { children, onPress, look = 'plain', type = 'button', inert = false, label, ref } = props
  return (
    <button
      ref={ref}
      type={inert ? 'button' : type}
      className={`button button-${look}`}
      aria-disabled={inert}
      aria-label={label}
      onClick={inert ? undefined : onPress}
    >
      {children}
    </button>
  )
}
