import { createHash, randomBytes } from 'node:crypto'
import type { RunningProvider } from './provider.ts'

export interface TokenAnswer {
  readonly status: number
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  readonly expires_in: number
  readonly error?: string
}

export interface ScriptedBrowser {
  /** One request with the cookies of the jar; redirects are returned, not followed. */
  visit(url: string, form?: Readonly<Record<string, string>>): Promise<Response>
  /** Follows redirects until a page comes, or an address of another origin. */
  follow(url: string, form?: Readonly<Record<string, string>>): Promise<Stop>
}

export interface Stop {
  readonly url: URL
  readonly status: number
  readonly page: string
}

/** As much of a browser as a sign-in takes: cookies, redirects, forms. */
export function scriptedBrowser(): ScriptedBrowser {
  const cookies = new Map<string, string>()

  async function visit(url: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      headers: { cookie, accept: 'text/html' },
      redirect: 'manual',
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value) cookies.set(name, value)
      else cookies.delete(name)
    }
    return response
  }

  async function follow(url: string, form?: Readonly<Record<string, string>>): Promise<Stop> {
    const response = await visit(url, form)
    const location = response.headers.get('location')
    if (!location)
      return { url: new URL(url), status: response.status, page: await response.text() }
    const next = new URL(location, url)
    if (next.origin !== new URL(url).origin) return { url: next, status: response.status, page: '' }
    return follow(next.href)
  }

  return { visit, follow }
}

export interface SignInOptions {
  readonly user?: string
  readonly browser?: ScriptedBrowser
  readonly parameters?: Readonly<Record<string, string>>
}

export const appUrl = 'http://localhost:3000'

/** Where an app would send the browser, and what it keeps for later. */
export function authorizationRequest(
  provider: RunningProvider,
  parameters: Readonly<Record<string, string>> = {},
) {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: provider.clientId,
    redirect_uri: provider.redirectUri,
    response_type: 'code',
    scope: 'openid profile email offline_access notes',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  })
  return { url: `${provider.issuer}/auth?${query.toString()}`, verifier }
}

/** Walks through whatever pages the provider shows, says yes to everything, and redeems the code. */
export async function signIn(
  provider: RunningProvider,
  { browser = scriptedBrowser(), parameters, user = 'ada' }: SignInOptions = {},
): Promise<TokenAnswer> {
  const { url, verifier } = authorizationRequest(provider, parameters)
  let stop = await browser.follow(url)
  while (stop.url.origin === provider.issuer) {
    const form = stop.page.includes('name="user"') ? { user } : { answer: 'yes' }
    stop = await browser.follow(stop.url.href, form)
  }
  return redeem(provider, stop.url.searchParams.get('code') ?? '', verifier)
}

export function redeem(
  provider: RunningProvider,
  code: string,
  code_verifier: string,
): Promise<TokenAnswer> {
  const grant = {
    grant_type: 'authorization_code',
    code,
    code_verifier,
    redirect_uri: provider.redirectUri,
  }
  return tokenRequest(provider, grant)
}

export function refresh(provider: RunningProvider, refresh_token: string): Promise<TokenAnswer> {
  return tokenRequest(provider, { grant_type: 'refresh_token', refresh_token })
}

async function tokenRequest(
  provider: RunningProvider,
  form: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const response = await post(provider, '/token', form)
  return { ...(await response.json()), status: response.status }
}

/** A call of the app's server, which knows the client's secret. */
export function post(
  provider: RunningProvider,
  path: string,
  form: Readonly<Record<string, string>>,
): Promise<Response> {
  const { clientId: client_id, clientSecret: client_secret, issuer } = provider
  return fetch(`${issuer}${path}`, {
    method: 'POST',
    body: new URLSearchParams({ client_id, client_secret, ...form }),
  })
}

export async function introspect(
  provider: RunningProvider,
  token: string,
): Promise<Record<string, unknown>> {
  const response = await post(provider, '/token/introspection', { token })
  return (await response.json()) as Record<string, unknown>
}
