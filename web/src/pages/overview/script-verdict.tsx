import type { SignedIn } from '../../session/session.ts'
import { useSights, verdictOn } from '../script-view/use-sights.ts'

/** Whether script in this page finds anything that looks like a token, in one word. */
export function ScriptVerdict({ view }: { readonly view: SignedIn['view'] }) {
  const { sights } = useSights(view)
  return <>{sights ? verdictOn(sights) : ' '}</>
}
