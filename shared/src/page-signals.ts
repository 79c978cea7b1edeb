import { listen, page } from './page.ts'

export interface PageSignals {
  /** Something may have changed meanwhile. */
  look(): void
  /** The same, where several such signals come together. */
  lookSoon(): void
  /** The page is left, for good or into the memory of the back button. */
  leave(): void
  /** It is there again, or for the first time. */
  arrive(): void
}

/** @returns stops listening */
export function listenToPage({ look, lookSoon, leave, arrive }: PageSignals): () => void {
  const stops = [
    listen(page, 'focus', lookSoon),
    listen(page, 'online', look),
    listen(page.document, 'visibilitychange', () => {
      if (page.document?.visibilityState === 'visible') lookSoon()
    }),
    listen(page, 'pagehide', leave),
    listen(page, 'pageshow', (event) => {
      arrive()
      if ((event as { persisted?: boolean }).persisted) look()
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
