import { useEffect } from 'react'

const sections = [
  ['profile', 'Profile'],
  ['session', 'Session'],
  ['devices', 'Devices'],
  ['grants', 'While you are away'],
  ['tokens', 'Tokens'],
  ['script', 'What script sees'],
] as const

/** Links to the parts of the page, each of which has an address of its own. */
export function SectionLinks() {
  useEffect(showAddressed, [])
  return (
    <nav className="section-links" aria-label="On this page">
      <ul>
        {sections.map(([anchor, name]) => (
          <li key={anchor}>
            <a href={`#${anchor}`}>{name}</a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** The browser does this by itself only for what is there when the page is loaded. */
function showAddressed(): void {
  const { hash } = window.location
  const section = hash && document.getElementById(hash.slice(1))
  if (!section) return
  section.tabIndex = -1
  section.focus({ preventScroll: true })
  // At once: what is still being fetched above would stop a slow journey on its way.
  section.scrollIntoView({ behavior: 'instant' })
}
