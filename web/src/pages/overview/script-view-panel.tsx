import { useEffect, useState } from 'react'
import type { SignedIn } from '../../session/session.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import { lookAround, type Sight } from './look-around.ts'
import { looksLikeToken } from './looks-like-token.ts'

export function ScriptViewPanel({ view }: { readonly view: SignedIn['view'] }) {
  const [sights, setSights] = useState<readonly Sight[] | null>(null)

  useEffect(() => {
    let current = true
    void lookAround(view).then((seen) => current && setSights(seen))
    return () => {
      current = false
    }
  }, [view])

  return (
    <Panel title="What script in this page can see">
      <ul className="sights">
        {sights?.map((sight) => (
          <li key={sight.place}>
            <code>{sight.place}</code>
            <Found found={sight.found} />
          </li>
        ))}
      </ul>
      {sights && <Conclusion sights={sights} />}
      <p>
        <Button onPress={() => void lookAround(view).then(setSights)}>Look again</Button>
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

function Conclusion({ sights }: { readonly sights: readonly Sight[] }) {
  const suspects = sights.filter(({ found }) => found?.some(looksLikeToken))
  return (
    <p className="conclusion">
      {suspects.length === 0
        ? 'No token.'
        : `Something that looks like a token: ${suspects.map(({ place }) => place).join(', ')}.`}
    </p>
  )
}
