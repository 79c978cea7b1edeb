const ticks = Array.from({ length: 60 }, (_, index) => index * 6)
const handles = [0, 90, 180, 270]

/** The mark, as large as a door: a picture for the eye alone. */
export function VaultDoor() {
  return (
    <svg className="vault-door" viewBox="-100 -100 200 200" aria-hidden="true">
      <circle className="vault-plate" r="98" />
      <circle className="vault-rim" r="90" />
      {ticks.map((angle) => (
        <path
          key={angle}
          d={angle % 30 === 0 ? 'M0 -86V-76' : 'M0 -86V-81'}
          transform={`rotate(${angle})`}
        />
      ))}
      <circle r="66" />
      <g className="vault-wheel">
        <circle r="36" />
        {handles.map((angle) => (
          <path key={angle} d="M0 -26V-56" transform={`rotate(${angle})`} />
        ))}
      </g>
      <circle className="vault-hub" r="11" />
    </svg>
  )
}
