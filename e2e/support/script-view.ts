import type { Page } from '@playwright/test'
import type { Sighting } from './token-traces.ts'

/** Everything that script in the page could lay hands on at this moment. */
export async function scriptView(page: Page): Promise<readonly Sighting[]> {
  const address = page.url()
  const frames = page.frames().filter((frame) => frame.url().startsWith('http'))
  const found = await Promise.all(frames.map((frame) => frame.evaluate(lookAround)))
  return found.flat().map(([place, text]) => ({ place: `${place} at ${address}`, text }))
}

/** Runs in the page. */
async function lookAround(): Promise<(readonly [place: string, text: string])[]> {
  const fields = document.querySelectorAll<HTMLInputElement>('input, textarea, select')
  return [
    ['DOM', document.documentElement.outerHTML],
    ['form fields', Array.from(fields, ({ value }) => value).join('\n')],
    ['document.cookie', document.cookie],
    ['document.referrer', document.referrer],
    ['history.state', JSON.stringify(history.state) ?? ''],
    ['window.name', window.name],
    ['location', location.href],
    [
      'performance',
      performance
        .getEntries()
        .map(({ name }) => name)
        .join('\n'),
    ],
    ['localStorage', JSON.stringify(Object.entries(localStorage))],
    ['sessionStorage', JSON.stringify(Object.entries(sessionStorage))],
    ['IndexedDB', JSON.stringify(await databases())],
    ['cache storage', JSON.stringify(await cachedAnswers())],
  ]

  async function databases(): Promise<unknown> {
    const all = await indexedDB.databases()
    return Promise.all(all.map(async ({ name = '' }) => [name, await contentOf(name)]))
  }

  async function contentOf(name: string): Promise<unknown> {
    const database = await outcome(indexedDB.open(name))
    const stores = Array.from(database.objectStoreNames)
    const content = await Promise.all(
      stores.map(async (store) => {
        const objects = database.transaction(store).objectStore(store)
        return [store, await outcome(objects.getAllKeys()), await outcome(objects.getAll())]
      }),
    )
    database.close()
    return content
  }

  function outcome<T>(request: IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(request.error))
    })
  }

  async function cachedAnswers(): Promise<unknown> {
    const names = await caches.keys()
    return Promise.all(
      names.map(async (name) => {
        const answers = await (await caches.open(name)).matchAll()
        return [name, await Promise.all(answers.map((answer) => answer.text()))]
      }),
    )
  }
}
