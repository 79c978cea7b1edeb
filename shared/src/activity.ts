import { listen, page } from './page.ts'

/**
 * Calls back when the user does something. In a page only: a worker has no user.
 *
 * @returns stops listening
 */
export function listenForActivity(active: () => void): () => void {
  const stops = ['pointerdown', 'keydown'].map((sign) =>
    listen(page.document, sign, active, { capture: true, passive: true }),
  )
  return () => {
    for (const stop of stops) stop()
  }
}
