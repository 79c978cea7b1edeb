const spokes = [0, 60, 120, 180, 240, 300]
const bolts = Array.from({ length: 12 }, (_, index) => index * 30)

/** A picture for the eye alone. */
export function VaultDoor() {
  return (
    <svg className="vault-door" viewBox="-100 -100 200 200" aria-hidden="true">
      <circle className="vault-plate" r="97" />
      <circle className="vault-rim" r="86" />
      {bolts.map((angle) => (
        <circle
          key={angle}
          className="vault-bolt"
          r="3"
          cy="-91.5"
          transform={`rotate(${angle})`}
        />
      ))}
      <g className="vault-wheel">
        <circle r="46" />
        {spokes.map((angle) => (
          <path key={angle} d="M0 -14V-66" transform={`rotate(${angle})`} />
        ))}
        <circle r="14" />
      </g>
      <circle className="vault-hub" r="5" />
    </svg>
  )
}
