import type { ReactNode } from 'react'
import { Link } from 'wouter'

interface SummaryProps {
  readonly title: string
  readonly children: ReactNode
  readonly link: string
  readonly to: string
}

/** A word on something that has a page of its own. */
export function Summary({ title, children, link, to }: SummaryProps) {
  return (
    <section className="summary" aria-label={title}>
      <h2>{title}</h2>
      <p className="summary-word">{children}</p>
      <p>
        <Link href={to}>{link}</Link>
      </p>
    </section>
  )
}
