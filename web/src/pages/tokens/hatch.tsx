/** A pattern to fill with. Two of one id in a page would be one. */
export function Hatch({ id }: { readonly id: string }) {
  return (
    <pattern
      id={id}
      width="8"
      height="8"
      patternUnits="userSpaceOnUse"
      patternTransform="rotate(45)"
    >
      <rect className="timeline-hatch-ground" width="8" height="8" />
      <rect className="timeline-hatch-line" width="4" height="8" />
    </pattern>
  )
}
