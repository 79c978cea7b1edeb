import { useId, type ReactNode } from 'react'
import { Hatch } from './hatch.tsx'
import { shapes } from './event-shapes.ts'
import { TimelineScale } from './timeline-scale.tsx'
import type { Mark, Stretch, Timeline, TokenEvent } from './timeline.ts'
import './timeline-chart.css'

interface TimelineChartProps {
  readonly timeline: Timeline
  /** The picture in words. */
  readonly summary: string
}

interface Lane {
  readonly y: number
  readonly height: number
}

const labelsY = 14
const accessLane: Lane = { y: 46, height: 36 }
const refreshLane: Lane = { y: 112, height: 18 }

/** Coordinates across are per cent, so that the lettering keeps its size at every width. */
export function TimelineChart({ timeline, summary }: TimelineChartProps) {
  const hatch = useId()
  const { spent, fresh, due, refreshToken, events, calls, reachSeconds } = timeline
  const lowest = refreshToken ? refreshLane : accessLane
  const callsY = lowest.y + lowest.height + 18
  return (
    <svg className="timeline" width="100%" height={callsY + 42} role="img" aria-label={summary}>
      <Hatch id={hatch} />
      <Track lane={accessLane}>
        {spent.map((part) => (
          <Bar key={part.key} lane={accessLane} part={part} look="spent" />
        ))}
        {fresh && <Bar lane={accessLane} part={fresh} look="fresh" />}
        {due && <Bar lane={accessLane} part={due} look="due" fill={`url(#${hatch})`} />}
      </Track>
      {refreshToken && (
        <Track lane={refreshLane}>
          {refreshToken.spent && <Bar lane={refreshLane} part={refreshToken.spent} look="spent" />}
          {refreshToken.kept && <Bar lane={refreshLane} part={refreshToken.kept} look="kept" />}
        </Track>
      )}
      <line className="timeline-rail" x1="0" x2="100%" y1={callsY} y2={callsY} />
      {calls.map((mark) => (
        <At key={mark.key} mark={mark}>
          <circle className="timeline-call" cy={callsY} r="4" />
        </At>
      ))}
      {events.map((event) => (
        <At key={event.key} mark={event}>
          <EventMark event={event} lowest={lowest} />
        </At>
      ))}
      <svg x="50%" overflow="visible">
        <line className="timeline-now" y1={accessLane.y - 8} y2={callsY + 12} />
      </svg>
      {/* Last, so that no line runs through them. */}
      <LaneName lane={accessLane} name="Access token" />
      {refreshToken && <LaneName lane={refreshLane} name="Refresh token" />}
      <TimelineScale y={callsY + 34} reachSeconds={reachSeconds} />
    </svg>
  )
}

interface EventMarkProps {
  readonly event: TokenEvent
  readonly lowest: Lane
}

/** A shape for each kind, so that none depends on its colour, and a word above it. */
function EventMark({ event: { kind, label, crowded }, lowest }: EventMarkProps) {
  const bottom = lowest.y + lowest.height
  return (
    <g className={`timeline-event timeline-${kind}`}>
      <line className="timeline-event-line" y1={labelsY + 6} y2={bottom} />
      <path className="timeline-event-shape" d={shapes[kind](lowest.y + lowest.height / 2)} />
      {label && (
        <text
          className={crowded ? 'timeline-label timeline-label-crowded' : 'timeline-label'}
          x={kind === 'ends' ? 5 : -5}
          y={labelsY}
          textAnchor={kind === 'ends' ? 'start' : 'end'}
        >
          {label}
        </text>
      )}
    </g>
  )
}

interface TrackProps {
  readonly lane: Lane
  readonly children: ReactNode
}

function Track({ lane, children }: TrackProps) {
  return (
    <>
      <rect className="timeline-lane" x="0" width="100%" {...lane} />
      {children}
    </>
  )
}

function LaneName({ lane, name }: { readonly lane: Lane; readonly name: string }) {
  return (
    <text className="timeline-name" x="0" y={lane.y - 9}>
      {name}
    </text>
  )
}

interface BarProps {
  readonly lane: Lane
  readonly part: Stretch
  readonly look: string
  readonly fill?: string
}

function Bar({ lane, part, look, fill }: BarProps) {
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
    // Not an `svg` of its own with an `x`: that would jump, where the bars glide.
    <g className="timeline-mark" style={{ translate: `${mark.left}%` }}>
      {children}
    </g>
  )
}
