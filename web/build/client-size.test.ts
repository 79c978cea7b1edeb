import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, onTestFinished, test } from 'vitest'

const budgets = [
  ['the calls', "export { createBffClient } from '@strongroom/client'", 2_000],
  [
    'the calls and the live session',
    "export { createBffClient, createSession, finishResume } from '@strongroom/client'",
    5_600,
  ],
  [
    'the same, and step-ups',
    "export { createBffClient, createSession, createStepUp, finishResume } from '@strongroom/client'",
    6_100,
  ],
  ['the entry for React, by itself', "export * from '@strongroom/client/react'", 1_000],
  ['what is not used', "import '@strongroom/client'", 100],
] as const

test.for(budgets)(
  'takes of the page what it should: %s',
  { timeout: 60_000 },
  async ([, code, mostBytes]) => {
    const { bytes } = await bundled(code)

    expect(bytes).toBeLessThan(mostBytes)
  },
)

test('brings no schema library into the page', { timeout: 60_000 }, async () => {
  const { modules } = await bundled("export * from '@strongroom/client'")

  expect(modules.filter((name) => /zod|schemas/.test(name))).toEqual([])
})

/** As an app that uses it would be built, React left to the app. */
async function bundled(code: string) {
  const folder = mkdtempSync(fileURLToPath(new URL('../.client-size-', import.meta.url)))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const input = join(folder, 'entry.js')
  writeFileSync(input, code)
  const built = await build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      modulePreload: false,
      rolldownOptions: { input, external: /^react/, preserveEntrySignatures: 'strict' },
    },
  })
  if (Array.isArray(built) || !('output' in built)) throw new Error('One build was expected.')
  const [chunk] = built.output
  return { bytes: gzipSync(chunk.code).length, modules: chunk.moduleIds }
}
