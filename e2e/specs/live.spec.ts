import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { callFromPage } from '../support/page-calls.ts'
import { startPageServer } from '../support/page-server.ts'
import { startSignedIn } from '../support/sign-in.ts'

const events = '/api/live/notes'
const echo = '/api/live/echo'

/** Opens an EventSource in the page, which writes down what it hears, and waits until it is open. */
async function listen(page: Page): Promise<void> {
  await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const source = new EventSource(url)
        const heard: string[] = []
        Object.assign(window, { source, heard })
        source.addEventListener('listening', resolve)
        source.addEventListener('message', ({ data }) => heard.push(String(data)))
        source.addEventListener('error', () =>
          heard.push(source.readyState === EventSource.CLOSED ? 'over' : 'cut'),
        )
      }),
    events,
  )
}

function heardBy(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => Reflect.get(window, 'heard') as string[])
}

/** Opens a WebSocket in the page, which writes down what it hears. */
async function connect(page: Page, origin: string): Promise<void> {
  await page.evaluate(
    (url) => {
      const socket = new WebSocket(url)
      const heard: string[] = []
      Object.assign(window, { socket, heard })
      socket.addEventListener('open', () => heard.push('open'))
      socket.addEventListener('message', ({ data }) => heard.push(String(data)))
      socket.addEventListener('close', ({ code, reason }) => heard.push(`${code} ${reason}`.trim()))
    },
    `${origin.replace('http', 'ws')}${echo}`,
  )
}

function addNote(page: Page, text: string) {
  const headers = { 'Content-Type': 'application/json' }
  return callFromPage(page, '/api/notes', {
    method: 'POST',
    headers,
    body: JSON.stringify({ text }),
  })
}

test('an EventSource hears each event as it happens', async ({ page }) => {
  await startSignedIn(page)
  await listen(page)

  await addNote(page, 'one')
  await expect.poll(() => heardBy(page)).toEqual(['one'])
  await addNote(page, 'two')

  await expect.poll(() => heardBy(page)).toEqual(['one', 'two'])
})

test('signing out in another tab ends the EventSource, and nothing opens it again', async ({
  context,
  page,
}) => {
  await startSignedIn(page)
  await listen(page)
  const statuses: number[] = []
  page.on('response', (response) => {
    if (response.url().endsWith(events)) statuses.push(response.status())
  })

  const tab = await context.newPage()
  await tab.goto('/')
  await callFromPage(tab, '/auth/logout', { method: 'POST' })

  // It ends in order, so the browser asks anew by itself, and hears why there is nothing more.
  await expect.poll(() => heardBy(page), { timeout: 10_000 }).toEqual(['cut', 'over'])
  expect(statuses).toEqual([401])
})

test('a WebSocket carries words both ways, and is closed with 4401 by a sign-out', async ({
  context,
  page,
  world,
}) => {
  await startSignedIn(page)
  await connect(page, world.publicUrl)
  await expect.poll(() => heardBy(page)).toEqual(['open'])

  await page.evaluate(() => (Reflect.get(window, 'socket') as WebSocket).send('hello'))
  await expect.poll(() => heardBy(page)).toEqual(['open', 'hello'])
  const tab = await context.newPage()
  await tab.goto('/')
  await callFromPage(tab, '/auth/logout', { method: 'POST' })

  await expect.poll(() => heardBy(page)).toEqual(['open', 'hello', '4401 session ended'])
})

test('a page of another origin of the same site gets no WebSocket and no events', async ({
  context,
  page,
  world,
}) => {
  await startSignedIn(page)
  const neighbour = await startPageServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>Neighbour</title>')
  })
  // The browser sends it the user's cookies: the site is the same.
  const attack = await context.newPage()
  await attack.goto(neighbour.sameSite)

  await connect(attack, world.publicUrl)
  await expect.poll(() => heardBy(attack)).toEqual(['1006'])
  const events = await attack.evaluate(
    (url) =>
      new Promise((resolve) => {
        const source = new EventSource(url, { withCredentials: true })
        source.addEventListener('open', () => resolve('open'))
        source.addEventListener('error', () => resolve('refused'))
      }),
    `${world.publicUrl}/api/live/notes`,
  )
  await neighbour.stop()

  expect(events).toBe('refused')
})
