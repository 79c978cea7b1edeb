import { lazy, useState, type ComponentType } from 'react'

type Later<Props> = ComponentType<Props> & {
  /** Fetches the code, so that it is there when it is wanted. */
  readonly fetchCode: () => void
}

/** The code of a page could not be fetched: no network, or a newer version of the app has replaced it. */
export class CodeMissing extends Error {
  override readonly name = 'CodeMissing'
}

/**
 * A component whose code is fetched apart from the first page's. Once the code is there it is shown at once,
 * whereas `lazy` alone would still show the fallback, and React leaves that for at least 300 ms.
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): Later<Props> {
  let loaded: ComponentType<Props> | null = null

  async function fetchCode() {
    try {
      loaded = await load()
    } catch (cause) {
      throw new CodeMissing('A part of the app could not be fetched.', { cause })
    }
    return { default: loaded }
  }

  const Lazy: ComponentType<Props> = lazy(fetchCode)

  function Later(props: Props) {
    const [Component] = useState(() => loaded ?? Lazy)
    return <Component {...props} />
  }

  // A failure is met again, and told, when the component is shown.
  return Object.assign(Later, { fetchCode: () => void fetchCode().catch(() => null) })
}
