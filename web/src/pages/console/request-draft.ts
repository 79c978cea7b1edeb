export const methods = ['GET', 'POST', 'PUT', 'DELETE'] as const

export type Method = (typeof methods)[number]

/** A call that has not been sent. */
export interface Draft {
  readonly method: Method
  /** At the API. */
  readonly path: string
  readonly body: string
}

/** What the sample API knows. */
export const knownPaths = ['/whoami', '/notes', '/nothing-here'] as const

export function isMethod(text: string | null): text is Method {
  return methods.some((method) => method === text)
}

export function sendsBody(method: Method): boolean {
  return method === 'POST' || method === 'PUT'
}
