import { writeFileSync } from 'node:fs'
import { generatedPages } from './pages.ts'

for (const [path, text] of Object.entries(generatedPages())) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), text)
  process.stdout.write(`wrote ${path}\n`)
}
