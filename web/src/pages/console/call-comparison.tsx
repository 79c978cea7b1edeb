import type { EchoedCall } from '../../api/echoed-call.ts'
import { Panel } from '../../ui/panel.tsx'
import { compareCall, type ComparedPart, type Fate } from './compare-call.ts'

/** Each has a sign and a word, so that none depends on its colour. */
const fates: Record<Fate, readonly [sign: string, word: string]> = {
  added: ['+', 'added'],
  taken: ['−', 'taken away'],
  changed: ['→', 'changed'],
  passed: ['=', 'passed on'],
}

/** The call on both sides of Strongroom, and what was done to it between. */
export function CallComparison({ call: { sent, received } }: { readonly call: EchoedCall }) {
  if (!received) {
    return (
      <Panel title="Both sides of the call">
        <p>The call did not reach the API: Strongroom, or something before it, answered itself.</p>
      </Panel>
    )
  }
  return (
    <Panel title="Both sides of the call">
      <table className="compare">
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">This page sent</th>
            <th scope="col">Strongroom</th>
            <th scope="col">The API received</th>
          </tr>
        </thead>
        <tbody>
          {compareCall(sent, received).map((compared) => (
            <Row key={compared.part} {...compared} />
          ))}
          {sent.body !== null && (
            <Row part="Body" sent={sent.body} received="the same" fate="passed" />
          )}
        </tbody>
      </table>
    </Panel>
  )
}

function Row({ part, sent, received, fate }: ComparedPart) {
  const [sign, word] = fates[fate]
  return (
    <tr className={`compare-${fate}`}>
      <th scope="row">{part}</th>
      <td data-column="This page sent">
        <Value value={sent} />
      </td>
      <td data-column="Strongroom">
        <span className="fate">
          <span className="fate-sign" aria-hidden="true">
            {sign}
          </span>
          {word}
        </span>
      </td>
      <td data-column="The API received">
        <Value value={received} />
      </td>
    </tr>
  )
}

function Value({ value }: { readonly value: string | null }) {
  if (value === null) return <span className="none">nothing</span>
  return value.startsWith('set by the browser') ? (
    <span className="none">{value}</span>
  ) : (
    <code>{value}</code>
  )
}
