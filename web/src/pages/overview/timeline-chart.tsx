import { useId, type ReactNode } from 'react'
import type { Mark, Stretch, Timeline } from './timeline.ts'
import './timeline-chart.css'

interface TimelineChartProps {
  readonly timeline: Timeline
  /** The picture in words. */
  readonly summary: string
}

const lane = { y: 22, height: 40 }
const callsY = 82

/** Coordinates across are per cent, so that the lettering keeps its size at every width. */
export function TimelineChart({ timeline, summary }: TimelineChartProps) {
  const hatch = useId()
  const { spent, fresh, due, refreshes, calls, reachSeconds } = timeline
  return (
    <svg className="timeline" width="100%" height="124" role="img" aria-label={summary}>
      <defs>
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
      </defs>
      <rect className="timeline-lane" x="0" width="100%" {...lane} />
      {spent.map((part) => (
        <Bar key={part.key} part={part} look="spent" />
      ))}
      {fresh && <Bar part={fresh} look="fresh" />}
      {due && <Bar part={due} look="due" fill={`url(#${hatch})`} />}
      <line className="timeline-rail" x1="0" x2="100%" y1={callsY} y2={callsY} />
      {calls.map((mark) => (
        <At key={mark.key} mark={mark}>
          <circle className="timeline-call" cy={callsY} r="4" />
        </At>
      ))}
      {refreshes.map((mark) => (
        <At key={mark.key} mark={mark}>
          <path className="timeline-refresh" d={`M0 ${lane.y - 14} l7 7 l-7 7 l-7 -7z`} />
          <line className="timeline-refresh-line" y1={lane.y} y2={lane.y + lane.height} />
        </At>
      ))}
      <svg x="50%" overflow="visible">
        <line className="timeline-now" y1="8" y2="94" />
      </svg>
      <Scale reachSeconds={reachSeconds} />
    </svg>
  )
}

interface BarProps {
  readonly part: Stretch
  readonly look: string
  readonly fill?: string
}

function Bar({ part, look, fill }: BarProps) {
  return (
    <rect
      className={`timeline-bar timeline-${look}`}
      x={`${part.left}%`}
      width={`${part.width}%`}
      fill={fill}
      {...lane}
    />
  )
}

function At({ mark, children }: { readonly mark: Mark; readonly children: ReactNode }) {
  return (
    <svg className="timeline-mark" x={`${mark.left}%`} overflow="visible">
      {children}
    </svg>
  )
}

function Scale({ reachSeconds }: { readonly reachSeconds: number }) {
  return (
    <g className="timeline-scale">
      <text x="0" y="116" textAnchor="start">
        −{unitText(reachSeconds)}
      </text>
      <text className="timeline-scale-half" x="25%" y="116" textAnchor="middle">
        −{unitText(reachSeconds / 2)}
      </text>
      <text className="timeline-scale-now" x="50%" y="116" textAnchor="middle">
        now
      </text>
      <text className="timeline-scale-half" x="75%" y="116" textAnchor="middle">
        +{unitText(reachSeconds / 2)}
      </text>
      <text x="100%" y="116" textAnchor="end">
        +{unitText(reachSeconds)}
      </text>
    </g>
  )
}

function unitText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds % 3_600 !== 0) return `${seconds / 60} min`
  return seconds < 172_800 ? `${seconds / 3_600} h` : `${seconds / 86_400} d`
}
