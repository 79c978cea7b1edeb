export interface DemoUser {
  readonly sub: string
  readonly name: string
  readonly preferred_username: string
  readonly email: string
}

/** Everybody who can sign in at the demo provider. */
export const demoUsers: readonly DemoUser[] = [
  user('ada', 'Ada Lovelace'),
  user('grace', 'Grace Hopper'),
  user('alan', 'Alan Turing'),
]

export function demoUser(sub: string): DemoUser | undefined {
  return demoUsers.find((one) => one.sub === sub)
}

/** The person that a `login_hint` means: by identifier, username or e-mail address. */
export function hintedUser(loginHint: unknown): DemoUser | undefined {
  if (typeof loginHint !== 'string') return undefined
  const hint = loginHint.trim().toLowerCase()
  return demoUsers.find((one) => [one.sub, one.preferred_username, one.email].includes(hint))
}

function user(sub: string, name: string): DemoUser {
  return { sub, name, preferred_username: sub, email: `${sub}@example.com` }
}
