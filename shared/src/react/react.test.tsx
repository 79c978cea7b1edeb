import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { createBffClient } from '../client.ts'
import { createSession } from '../session.ts'
import { ada, stubAddress, stubServer } from '../testing/stub-server.ts'
import { SignedIn, SignedOut, StrongroomProvider, useSession, useSignIn } from './index.ts'

async function drawn(view: ReturnType<typeof ada> | null, children: ReactNode): Promise<string> {
  const server = stubServer(view)
  const session = createSession(createBffClient({ baseUrl: stubAddress(), fetch: server.fetch }))
  await session.check()
  return renderToStaticMarkup(<StrongroomProvider session={session}>{children}</StrongroomProvider>)
}

function Both() {
  return (
    <>
      <SignedIn>{({ view }) => <p>{`in as ${view.user.sub}`}</p>}</SignedIn>
      <SignedOut>out</SignedOut>
    </>
  )
}

function Status() {
  return useSession().status
}

function SignInLink() {
  return <a href={useSignIn().href('/notes', { prompt: 'login' })}>Sign in</a>
}

test('shows what is for who is signed in', async () => {
  expect(await drawn(ada(), <Both />)).toBe('<p>in as ada</p>')
})

test('shows what is for visitors', async () => {
  expect(await drawn(null, <Both />)).toBe('out')
})

test('tells the status, in a page that a server draws, too', async () => {
  expect(await drawn(ada({ state: 'degraded' }), <Status />)).toBe('degraded')
})

test('gives the address of a sign-in, for a link', async () => {
  const html = await drawn(null, <SignInLink />)

  expect(html).toMatch(/href="[^"]*\/auth\/login\?return_to=%2Fnotes&amp;prompt=login"/)
})

test('says what is missing when there is no provider', () => {
  expect(() => renderToStaticMarkup(<Both />)).toThrow(
    'There is no <StrongroomProvider> above: put one around the app.',
  )
})
