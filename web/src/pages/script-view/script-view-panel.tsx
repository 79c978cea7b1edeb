import type { SignedIn } from '../../session/session.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import type { Sight } from './look-around.ts'
import { useSights, verdictOn } from './use-sights.ts'
import './script-view.css'

export function ScriptViewPanel({ view }: { readonly view: SignedIn['view'] }) {
  const { sights, lookAgain } = useSights(view)
  return (
    <Panel title="What script in this page can see" anchor="script">
      <p className="soft">
        This page has just looked wherever script can look, as an attacker’s would.
      </p>
      <ul className="sights" role="list">
        {sights?.map((sight) => (
          <li key={sight.place}>
            <code>{sight.place}</code>
            <Found found={sight.found} />
          </li>
        ))}
      </ul>
      {sights && <p className="conclusion">{verdictOn(sights)}</p>}
      <p>
        <Button onPress={lookAgain}>Look again</Button>
      </p>
    </Panel>
  )
}

function Found({ found }: { readonly found: Sight['found'] }) {
  if (found === null) return <span className="soft">can’t be looked into here</span>
  if (found.length === 0) return <span>nothing</span>
  if (found.length < 3) return <code>{found.join(', ')}</code>
  return (
    <details>
      <summary>{found.length} values</summary>
      <ul>
        {found.map((line) => (
          <li key={line}>
            <code>{line}</code>
          </li>
        ))}
      </ul>
    </details>
  )
}
