import type { BrowserContext, Page } from '@playwright/test'
import type { IssuedToken } from '../servers/provider-control.ts'
import { scriptView } from './script-view.ts'
import { findTraces, type Sighting, type Trace } from './token-traces.ts'
import { tapWire, type WireTap } from './wire-tap.ts'

export interface TokenWatcher {
  /** A page that is watched from its first request on. */
  openPage(): Promise<Page>
  /** Looks at all that script in the open pages can see now. To be called before a page is left. */
  lookAround(): Promise<void>
  /** Where access, refresh or ID tokens or parts of them were so far. */
  tokenTraces(): Promise<readonly Trace[]>
  /** Where authorization codes were so far, other than in the one address that is there to carry them. */
  strayCodes(): Promise<readonly Trace[]>
  /** All places that were looked at. */
  places(): Promise<readonly string[]>
}

export interface TokenWatcherOptions {
  /** Asked at the end, since a token may be seen before the provider's records have it. */
  readonly issuedTokens: () => readonly IssuedToken[]
  /** The address that may carry a code. */
  readonly callbackUrl: string
}

/** Watches every byte that a browser gets, for tokens that a provider issued. */
export function watchTokens(context: BrowserContext, options: TokenWatcherOptions): TokenWatcher {
  const sightings = new Map<string, Sighting>()
  const taps: WireTap[] = []

  function hear(sighting: Sighting): void {
    if (sighting.text) sightings.set(`${sighting.place}\n${sighting.text}`, sighting)
  }

  async function heard(): Promise<readonly Sighting[]> {
    for (const tap of taps) await tap.idle()
    return [...sightings.values()]
  }

  return {
    async openPage() {
      const page = await context.newPage()
      taps.push(await tapWire(page, hear))
      return page
    },
    async lookAround() {
      for (const page of context.pages()) for (const one of await scriptView(page)) hear(one)
      for (const { name, value } of await context.cookies()) {
        hear({ place: `cookie ${name}`, text: value })
      }
    },
    async tokenTraces() {
      const tokens = options.issuedTokens().filter(({ kind }) => kind !== 'code')
      return findTraces(tokens, await heard())
    },
    async strayCodes() {
      const codes = options.issuedTokens().filter(({ kind }) => kind === 'code')
      const sightings = await heard()
      return findTraces(
        codes,
        sightings.filter((sighting) => !carriesCode(sighting, options.callbackUrl)),
      )
    },
    async places() {
      return (await heard()).map(({ place }) => place)
    },
  }
}

function carriesCode({ place, text }: Sighting, callbackUrl: string): boolean {
  const isAddress = place === 'request address' || place.startsWith('header location of answer')
  return isAddress && text.startsWith(`${callbackUrl}?`)
}
