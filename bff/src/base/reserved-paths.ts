import { routes } from '@strongroom/client'

/** No I/O. */

/** Where machines are answered: a missing path is a mistake of the caller's there, and no person is sent there. */
export function reservedPaths(upstreams: readonly { readonly prefix: string }[]): string[] {
  return ['/auth', routes.health, routes.readiness, ...upstreams.map(({ prefix }) => prefix)]
}

export function isReserved(path: string, reserved: readonly string[]): boolean {
  return reserved.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))
}
