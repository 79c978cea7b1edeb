import type { SignedIn } from '../../session/session.ts'
import { userName } from '../../session/user-name.ts'
import { Facts } from '../../ui/facts.tsx'
import { Panel } from '../../ui/panel.tsx'
import { wireValue } from '../../ui/wire-value.ts'

/** Who the provider says the user is: all that this page is told. */
export function ProfilePanel({ view: { user } }: { readonly view: SignedIn['view'] }) {
  const name = userName(user)
  return (
    <Panel title="Profile" anchor="profile">
      <div className="profile">
        <span className="profile-mark" aria-hidden="true">
          {initials(name)}
        </span>
        <div>
          <p className="profile-name">{name}</p>
          {user.email && <p className="soft">{user.email}</p>}
        </div>
      </div>
      <Facts code facts={Object.entries(user).map(([claim, value]) => [claim, wireValue(value)])} />
    </Panel>
  )
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean)
  return [words.at(0), words.length > 1 ? words.at(-1) : undefined]
    .map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 0x20))
    .join('')
    .trim()
    .toUpperCase()
}
