/** The mark: the wheel of a vault door. */
export function Wheel() {
  return (
    <svg className="wheel" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <g fill="none" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round">
        <circle cx="16" cy="16" r="9.5" />
        <path d="M16 2.5v8M16 21.5v8M2.5 16h8M21.5 16h8" />
      </g>
      <circle cx="16" cy="16" r="3" fill="currentColor" />
    </svg>
  )
}
