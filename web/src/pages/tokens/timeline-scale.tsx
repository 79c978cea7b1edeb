interface TimelineScaleProps {
  readonly y: number
  readonly reachSeconds: number
}

/** Times under the tracks, with now in the middle. */
export function TimelineScale({ y, reachSeconds }: TimelineScaleProps) {
  return (
    <g className="timeline-scale">
      <text x="0" y={y} textAnchor="start">
        −{unitText(reachSeconds)}
      </text>
      <text className="timeline-scale-half" x="25%" y={y} textAnchor="middle">
        −{unitText(reachSeconds / 2)}
      </text>
      <text className="timeline-scale-now" x="50%" y={y} textAnchor="middle">
        now
      </text>
      <text className="timeline-scale-half" x="75%" y={y} textAnchor="middle">
        +{unitText(reachSeconds / 2)}
      </text>
      <text x="100%" y={y} textAnchor="end">
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
