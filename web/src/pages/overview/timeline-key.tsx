import { useId } from 'react'

/** What the shapes of the timeline mean. Each has a form of its own, not only a colour. */
export function TimelineKey() {
  const hatch = useId()
  return (
    <ul className="timeline-key" aria-hidden="true">
      <li>
        <Swatch look="spent" /> served
      </li>
      <li>
        <Swatch look="fresh" /> used as it is
      </li>
      <li>
        <svg width="22" height="14">
          <pattern
            id={hatch}
            width="8"
            height="8"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect className="timeline-hatch-ground" width="8" height="8" />
            <rect className="timeline-hatch-line" width="4" height="8" />
          </pattern>
          <rect
            className="timeline-due"
            x="1"
            y="1"
            width="20"
            height="12"
            fill={`url(#${hatch})`}
          />
        </svg>
        next call refreshes it
      </li>
      <li>
        <svg width="14" height="14">
          <path className="timeline-refresh" d="M7 0 l7 7 l-7 7 l-7 -7z" />
        </svg>
        refreshed
      </li>
      <li>
        <svg width="10" height="14">
          <circle className="timeline-call" cx="5" cy="7" r="4" />
        </svg>
        call
      </li>
    </ul>
  )
}

function Swatch({ look }: { readonly look: string }) {
  return (
    <svg width="22" height="14">
      <rect className={`timeline-${look}`} x="1" y="1" width="20" height="12" />
    </svg>
  )
}
