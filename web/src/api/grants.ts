import type { GrantView } from '@strongroom/client'
import { queryOptions } from '@tanstack/react-query'
import { bff } from './bff.ts'
import { valueOrThrow } from './call-error.ts'

const everyMilliseconds = 10_000
const whileRunningMilliseconds = 1_000

/** @param sub  whose grants; part of the key, so that one user's are never shown to another */
export function grantsQuery(sub: string) {
  return queryOptions({
    queryKey: ['grants', sub],
    queryFn: async ({ signal }): Promise<readonly GrantView[]> =>
      valueOrThrow(await bff.grants({ signal, background: true })).grants,
    refetchInterval: ({ state: { data = [] } }) =>
      data.some(({ running }) => running) ? whileRunningMilliseconds : everyMilliseconds,
    refetchOnWindowFocus: 'always',
  })
}

export async function runGrant(name: string): Promise<void> {
  valueOrThrow(await bff.runGrant(name))
}

/** @returns what became of its refresh token at the provider */
export async function withdrawGrant(name: string) {
  return valueOrThrow(await bff.withdrawGrant(name)).refreshToken
}
