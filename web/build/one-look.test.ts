import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const app = read('../src/ui/base.css')
const serverPages = read('../../bff/src/edge/message-page.ts')

/** What the server's own pages call by a shorter name. */
const names = { soft: 'ink-soft' } as const

test('the server’s own pages have the colours of the app, by day and by night', () => {
  const [light, dark] = [...serverPages.matchAll(/:root \{([^}]*)\}/g)].map(([, body = '']) =>
    Object.fromEntries(
      [...body.matchAll(/--([\w-]+): (#\w+)/g)].map(([, name, hex]) => [name, hex]),
    ),
  )
  const colours = Object.keys(light ?? {})

  expect(colours.length).toBeGreaterThan(7)
  for (const colour of colours) {
    const name = colour in names ? names[colour as keyof typeof names] : colour
    expect(app).toContain(`--${name}: light-dark(${light?.[colour]}, ${dark?.[colour]});`)
  }
})

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
}
