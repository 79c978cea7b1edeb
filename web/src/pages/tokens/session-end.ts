import type { EndedState } from '@strongroom/client'
import { session } from '../../api/bff.ts'
import type { SeenEnd } from './timeline.ts'
import { tokenFate } from './token-fate.ts'

let noticed: { readonly state: EndedState['view']; readonly at: number } | null = null

/** When this page noticed the end, and what it did to the tokens. The moment stays the same however often it is asked. */
export function seenEnd({ view, reason }: Pick<EndedState, 'view' | 'reason'>): SeenEnd {
  if (noticed?.state !== view) noticed = { state: view, at: session.now() }
  return { at: noticed.at, revoked: tokenFate(reason) === 'revoked' }
}
