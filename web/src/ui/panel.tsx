import { useId, type ReactNode, type Ref } from 'react'
import './panel.css'

interface PanelProps {
  readonly title: string
  readonly children: ReactNode
  /** For a heading that takes the focus when what had it is gone. */
  readonly headingRef?: Ref<HTMLHeadingElement>
}

export function Panel({ title, children, headingRef }: PanelProps) {
  const id = useId()
  return (
    <section className="panel" aria-labelledby={id}>
      <h2 id={id} ref={headingRef} tabIndex={headingRef ? -1 : undefined}>
        {title}
      </h2>
      {children}
    </section>
  )
}
