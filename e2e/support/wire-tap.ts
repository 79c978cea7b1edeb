import type { CDPSession, Page } from '@playwright/test'
import type { Sighting } from './token-traces.ts'

export interface WireTap {
  /** Resolves when all that has arrived has been told. */
  idle(): Promise<void>
}

type Hear = (sighting: Sighting) => void

/**
 * Tells every address, header and body that passes between a page and any server, redirects and `Set-Cookie` too,
 * and what the page writes to the console. To be put on before the page goes anywhere.
 */
export async function tapWire(page: Page, hear: Hear): Promise<WireTap> {
  const chromium = await page.context().newCDPSession(page)
  const underway = new Set<Promise<void>>()

  chromium.on('Network.requestWillBeSent', ({ request, redirectResponse }) => {
    hear({ place: 'request address', text: request.url })
    if (request.postData) hear({ place: `request body to ${request.url}`, text: request.postData })
    hearHeaders(`request to ${request.url}`, request.headers)
    if (redirectResponse) hearHeaders(`answer of ${redirectResponse.url}`, redirectResponse.headers)
  })
  chromium.on('Network.requestWillBeSentExtraInfo', ({ headers }) => {
    hearHeaders('request', headers)
  })
  chromium.on('Network.responseReceivedExtraInfo', ({ headers }) => hearHeaders('answer', headers))
  chromium.on('Network.webSocketFrameReceived', ({ response }) => {
    hear({ place: 'web socket', text: response.payloadData })
  })
  chromium.on('Fetch.requestPaused', (paused) => {
    hearHeaders(
      `answer of ${paused.request.url}`,
      Object.fromEntries((paused.responseHeaders ?? []).map(({ name, value }) => [name, value])),
    )
    const read = readBody(chromium, paused, hear)
      .catch(unlessAbandoned)
      .finally(() => underway.delete(read))
    underway.add(read)
  })
  page.on('console', (message) => hear({ place: 'console', text: message.text() }))
  page.on('pageerror', (error) => hear({ place: 'page error', text: String(error.stack) }))
  page.on('framenavigated', (frame) => hear({ place: 'page address', text: frame.url() }))

  await chromium.send('Network.enable')
  await chromium.send('Fetch.enable', { patterns: [{ requestStage: 'Response' }] })

  function hearHeaders(whose: string, headers: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(headers)) {
      hear({ place: `header ${name.toLowerCase()} of ${whose}`, text })
    }
  }

  return {
    async idle() {
      while (underway.size > 0) await Promise.all(underway)
    },
  }
}

interface PausedAnswer {
  readonly requestId: string
  readonly request: { readonly url: string; readonly method: string }
  readonly responseStatusCode?: number
}

/** Chromium keeps no body for long once the page has moved on, so each is read before the page gets it. */
async function readBody(
  chromium: CDPSession,
  { request, requestId, responseStatusCode = 0 }: PausedAnswer,
  hear: Hear,
): Promise<void> {
  if (hasBody(responseStatusCode)) {
    const { base64Encoded, body } = await chromium.send('Fetch.getResponseBody', { requestId })
    const text = base64Encoded ? Buffer.from(body, 'base64').toString('latin1') : body
    hear({ place: `body of ${request.url}`, text })
  }
  await chromium.send('Fetch.continueResponse', { requestId })
}

/** The page has moved on and left its request, or is closed: nothing of the answer has reached it, nor will. */
function unlessAbandoned(error: unknown): void {
  const gone = /Invalid InterceptionId|browser has been closed/
  if (!(error instanceof Error && gone.test(error.message))) throw error
}

function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && !(status >= 300 && status < 400)
}
