import { useId, type ReactNode } from 'react'
import { Hatch } from './hatch.tsx'

/** What the shapes of the timeline mean. Each has a form of its own, not only a colour. */
export function TimelineKey({ refreshable }: { readonly refreshable: boolean }) {
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
          <Entry name="refresh token exchanged">
            <path className="timeline-refresh" d="M11 0 l7 7 l-7 7 l-7 -7z" />
          </Entry>
        </>
      )}
      <Entry name="call">
        <circle className="timeline-call" cx="11" cy="7" r="4" />
      </Entry>
    </ul>
  )
}

function Entry({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <li>
      <svg width="22" height="14">
        {children}
      </svg>
      {name}
    </li>
  )
}

function Swatch({ look, fill }: { readonly look: string; readonly fill?: string }) {
  return <rect className={`timeline-${look}`} x="1" y="1" width="20" height="12" fill={fill} />
}
