import { useId, type ReactNode, type Ref } from 'react'
import './panel.css'

interface PanelProps {
  readonly title: string
  readonly children: ReactNode
  /** Where a link such as `/account#devices` leads. */
  readonly anchor?: string
  readonly look?: 'plain' | 'raised'
  /** For a heading that takes the focus when what had it is gone. */
  readonly headingRef?: Ref<HTMLHeadingElement>
}

export function Panel({ title, children, anchor, look = 'plain', headingRef }: PanelProps) {
  const id = useId()
  return (
    <section id={anchor} className={`panel panel-${look}`} aria-labelledby={id}>
      <h2 id={id} ref={headingRef} tabIndex={headingRef ? -1 : undefined}>
        {title}
      </h2>
      {children}
    </section>
  )
}
