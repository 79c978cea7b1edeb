import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { Page } from '@playwright/test'
import type { IssuedToken } from '../servers/provider-control.ts'

/** Ways in which a server or a page might give a token away. Each has a token of its own. */
export const leaks = {
  'in a body': madeUpToken(),
  'in a header': madeUpToken(),
  'in a cookie that script can’t read': madeUpToken(),
  'in the address of a redirect': madeUpToken(),
  'in base64': madeUpToken(),
  'percent-encoded': madeUpToken(),
  'in part': madeUpToken(),
  'in the DOM': madeUpToken(),
  'in localStorage': madeUpToken(),
  'in sessionStorage': madeUpToken(),
  'in IndexedDB': madeUpToken(),
  'in cache storage': madeUpToken(),
  'in a cookie that script can read': madeUpToken(),
  'in the console': madeUpToken(),
  'in a form field': madeUpToken(),
  'in the history': madeUpToken(),
} as const satisfies Record<string, IssuedToken>

export const leakOnTheWire: RequestListener = (request, response) => {
  if (request.url === '/redirect') {
    const location = `/?token=${leaks['in the address of a redirect'].value}`
    return void response.writeHead(303, { Location: location }).end()
  }
  response.writeHead(200, {
    'Content-Type': 'text/html',
    'X-Token': leaks['in a header'].value,
    'Set-Cookie': `token=${leaks['in a cookie that script can’t read'].value}; HttpOnly`,
  })
  const parts = [
    leaks['in a body'].value,
    Buffer.from(`x${leaks['in base64'].value}`).toString('base64'),
    Array.from(leaks['percent-encoded'].value, percent).join(''),
    leaks['in part'].value.slice(-25),
  ]
  response.end(`<!doctype html><title>Leaks</title><p>${parts.join('</p><p>')}</p>`)
}

/** Puts tokens wherever script can put them. */
export async function leakInPage(page: Page): Promise<void> {
  const tokens = Object.fromEntries(Object.entries(leaks).map(([name, { value }]) => [name, value]))
  await page.evaluate(async (tokens) => {
    const token = (name: string) => tokens[name] ?? ''
    document.body.dataset['token'] = token('in the DOM')
    localStorage.setItem('token', token('in localStorage'))
    sessionStorage.setItem('token', token('in sessionStorage'))
    document.cookie = `readable=${token('in a cookie that script can read')}`
    console.log(token('in the console'))
    const field = document.createElement('input')
    field.value = token('in a form field')
    document.body.append(field)
    history.replaceState({ token: token('in the history') }, '')
    const cache = await caches.open('tokens')
    await cache.put('/kept', new Response(token('in cache storage')))
    await new Promise<void>((resolve) => {
      const opening = indexedDB.open('tokens')
      opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore('tokens'))
      opening.addEventListener('success', () => {
        const change = opening.result.transaction('tokens', 'readwrite')
        change.objectStore('tokens').put({ token: token('in IndexedDB') }, 'token')
        change.addEventListener('complete', () => {
          opening.result.close()
          resolve()
        })
      })
    })
  }, tokens)
}

export function madeUpToken(): IssuedToken {
  const segments = [30, 90, 60].map((bytes) => randomBytes(bytes).toString('base64url'))
  return { kind: 'access_token', value: segments.join('.') }
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`
}
