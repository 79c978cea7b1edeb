import type { ReactNode } from 'react'
import './facts.css'

interface FactsProps {
  readonly facts: readonly (readonly [name: string, value: ReactNode])[]
  /** Both names and values are of a wire format. */
  readonly code?: boolean
}

export function Facts({ facts, code = false }: FactsProps) {
  return (
    <dl className={code ? 'facts facts-code' : 'facts'}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
