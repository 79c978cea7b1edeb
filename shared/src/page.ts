interface Target {
  addEventListener(name: string, listener: (event: Event) => void, options?: object): void
  removeEventListener(name: string, listener: (event: Event) => void, options?: object): void
}

interface Channel extends Target {
  postMessage(message: unknown): void
  close(): void
}

interface Locks {
  request(
    name: string,
    options: { readonly signal: AbortSignal },
    granted: () => Promise<void>,
  ): Promise<void>
}

/**
 * What the client touches of the page. A worker has less of it, an old browser too. Written down here, since the server
 * takes names from this package as well and knows no page.
 */
interface Page extends Partial<Target> {
  readonly document?: Target & { readonly visibilityState: string }
  readonly navigator?: { readonly locks?: Locks }
  readonly BroadcastChannel?: new (name: string) => Channel
  open?(path: string, target: string, features?: string): unknown
  close?(): void
}

export const page = globalThis as unknown as Page

/** Listens where there is something to listen to. @returns stops listening */
export function listen(
  target: Partial<Target> | undefined,
  name: string,
  listener: (event: Event) => void,
  options?: object,
): () => void {
  target?.addEventListener?.(name, listener, options)
  return () => target?.removeEventListener?.(name, listener, options)
}
