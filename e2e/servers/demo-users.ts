export interface DemoUser {
  readonly sub: string
  readonly name: string
  readonly preferred_username: string
  readonly email: string
}

/** Those who are shown at the sign-in. */
export const demoUsers: readonly DemoUser[] = [
  user('ada', 'Ada Lovelace'),
  user('grace', 'Grace Hopper'),
  user('alan', 'Alan Turing'),
]

/** @param crowd  so many people more, `user-1` and on, whom nobody sees at the sign-in */
export function demoUser(sub: string, crowd = 0): DemoUser | undefined {
  const [, number = '0'] = /^user-([1-9]\d*)$/.exec(sub) ?? []
  return Number(number) > 0 && Number(number) <= crowd
    ? user(sub, `User ${number}`)
    : demoUsers.find((one) => one.sub === sub)
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
