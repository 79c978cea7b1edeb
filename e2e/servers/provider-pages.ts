import type { DemoUser } from './demo-users.ts'
import { html, trusted, type Html } from './html.ts'
import type { Page } from './send-page.ts'

export interface App {
  readonly name: string
  readonly publicUrl: string
}

interface Step {
  /** Where the form goes. */
  readonly action: string
  readonly appName: string
  readonly appUrl: string
}

export interface SignInStep extends Step {
  readonly users: readonly DemoUser[]
  readonly hinted: DemoUser | undefined
  /** Who is signed in here already, when the app asks for a fresh sign-in. */
  readonly current: DemoUser | undefined
}

export interface ConsentStep extends Step {
  readonly user: DemoUser
  readonly scopes: readonly string[]
  /** The app has asked for this very consent: it is to go on without the person. */
  readonly forLater: boolean
}

export function signInPage({ action, appName, appUrl, current, hinted, users }: SignInStep): Page {
  const first = hinted ?? current
  const ordered = first ? [first, ...users.filter((user) => user !== first)] : users
  return {
    title: 'Choose who you are',
    content: html`
      <p>${appLabel(appName, appUrl)} wants to know who you are.</p>
      <form method="post" action="${action}">
        <ul class="people">
          ${ordered.map((user) => personButton(user, noteFor(user)))}
        </ul>
        <button class="plain" name="answer" value="no">Cancel</button>
      </form>
      <p class="hint">This is a demo: nobody here has a password.</p>
    `,
  }

  function noteFor(user: DemoUser): string | undefined {
    if (user === current) return 'Signed in here now'
    return user === hinted ? 'Suggested by the app' : undefined
  }
}

function personButton({ email, name, sub }: DemoUser, note: string | undefined): Html {
  const initials = name.replace(/(\w)\w*\s*/g, '$1')
  return html`<li>
    <button class="person" name="user" value="${sub}">
      <span class="initials" aria-hidden="true">${initials}</span>
      <span class="who">
        <strong>${name}</strong>
        <span>${email}</span>
        ${note ? html`<span class="note">${note}</span>` : undefined}
      </span>
    </button>
  </li>`
}

const permissions: Readonly<Record<string, readonly [what: string, detail: string]>> = {
  openid: ['Know that it’s you', 'an identifier that stays the same'],
  profile: ['See who you are', 'your name and your username'],
  email: ['See your e-mail address', 'to show it, or to write to you'],
  notes: ['Read and change your notes', 'in the sample API, as you'],
  offline_access: ['Keep you signed in', 'until you sign out, without asking again'],
}

const whileAway = ['Act while you are away', 'until you take it back, signed in or not'] as const

export function consentPage(step: ConsentStep): Page {
  const { action, appName, appUrl, forLater, scopes, user } = step
  // A refresh token is issued whether or not the app asked for `offline_access`, so it is always named.
  const asked = Object.keys(permissions).filter(
    (scope) => scope === 'offline_access' || scopes.includes(scope),
  )
  return {
    title: `Allow ${appName}?`,
    content: html`
      <p>${appLabel(appName, appUrl)} asks ${user.name} for permission to:</p>
      <ul class="permissions">
        ${asked.map((scope) =>
          permission(forLater && scope === 'offline_access' ? whileAway : wordsFor(scope)),
        )}
      </ul>
      <form class="choice" method="post" action="${action}">
        <button class="main" name="answer" value="yes">Allow</button>
        <button class="plain" name="answer" value="no">Deny</button>
      </form>
      <p class="hint">You are signed in here as ${user.email}.</p>
    `,
  }
}

function wordsFor(scope: string): readonly [string, string] {
  return permissions[scope] ?? [scope, '']
}

function permission([what, detail]: readonly [string, string]): Html {
  return html`<li>
    <strong>${what}</strong>
    <span>${detail}</span>
  </li>`
}

/** `form` is oidc-provider's, with the id that the two buttons name. */
export function signOutPage({ appName, form }: { appName: string; form: string }): Page {
  return {
    title: 'Sign out of the demo provider too?',
    content: html`
      <p>You are leaving ${appName}.</p>
      <p>
        If you stay signed in here, the next sign-in won’t ask who you are. On a shared computer,
        sign out.
      </p>
      ${trusted(form)}
      <div class="choice">
        <button class="main" form="op.logoutForm" name="logout" value="yes">Yes, sign out</button>
        <button class="plain" form="op.logoutForm">No, stay signed in</button>
      </div>
    `,
  }
}

export function signedOutPage(app: App): Page {
  return {
    title: 'You are signed out',
    content: html`
      <p>The demo provider has forgotten who you are.</p>
      ${wayBack(app)}
    `,
  }
}

export interface ProviderError {
  readonly error: string
  readonly error_description?: string | undefined
}

export function errorPage(problem: ProviderError, app: App): Page {
  return {
    title: 'That didn’t work',
    content: html`
      <p>${problem.error_description ?? 'The demo provider could not handle this request.'}</p>
      <p class="hint">Code: <code>${problem.error}</code></p>
      ${wayBack(app)}
    `,
  }
}

export function homePage(app: App): Page {
  return {
    title: 'Nothing to do here',
    content: html`
      <p>This is the OpenID provider of the demo. It signs people in when an app asks it to.</p>
      ${wayBack(app)}
    `,
  }
}

function wayBack({ name, publicUrl }: App): Html {
  return html`<p><a href="${publicUrl}/">Go to ${name}</a></p>`
}

function appLabel(name: string, url: string): Html {
  return html`<strong>${name}</strong> <span class="address">(${new URL(url).host})</span>`
}
