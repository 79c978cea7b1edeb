import { useId, type ReactNode } from 'react'
import { shapes } from './event-shapes.ts'
import { Hatch } from './hatch.tsx'
import type { TokenEvent } from './timeline.ts'

interface TimelineKeyProps {
  readonly refreshable: boolean
  /** Whether the session has ended. */
  readonly over?: boolean
}

/** What the shapes of the timeline mean. Each has a form of its own, not only a colour. */
export function TimelineKey({ refreshable, over = false }: TimelineKeyProps) {
  const hatch = useId()
  return (
    <ul className="timeline-key" aria-hidden="true">
      <Entry name="past">
        <Swatch look="spent" />
      </Entry>
      <Entry name="used as it is">
        <Swatch look="fresh" />
      </Entry>
      {refreshable && (
        <>
          <Entry name="next call refreshes it">
            <Hatch id={hatch} />
            <Swatch look="due" fill={`url(#${hatch})`} />
          </Entry>
          <Entry name="kept until the session ends">
            <Swatch look="kept" />
          </Entry>
        </>
      )}
      <EventEntry kind="issued" name="issued at sign-in" />
      {refreshable && <EventEntry kind="refreshed" name="both tokens exchanged" />}
      {over ? (
        <EventEntry kind="over" name="over" />
      ) : (
        <EventEntry kind="ends" name="access token ends" />
      )}
      <Entry name="call">
        <circle className="timeline-call" cx="11" cy="10" r="4" />
      </Entry>
    </ul>
  )
}

function EventEntry({ kind, name }: { readonly kind: TokenEvent['kind']; readonly name: string }) {
  return (
    <Entry name={name}>
      <g className={`timeline-event timeline-${kind}`} transform="translate(11 0)">
        <path className="timeline-event-shape" d={shapes[kind](10)} />
      </g>
    </Entry>
  )
}

function Entry({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <li>
      <svg width="22" height="20">
        {children}
      </svg>
      {name}
    </li>
  )
}

function Swatch({ look, fill }: { readonly look: string; readonly fill?: string }) {
  return <rect className={`timeline-${look}`} x="1" y="4" width="20" height="12" fill={fill} />
}
