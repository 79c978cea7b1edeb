import type { SignedInView } from '@strongroom/client'

/** The best name that the provider gave. */
export function userName(user: SignedInView['user']): string {
  return user.name ?? user.preferred_username ?? user.email ?? user.sub
}
