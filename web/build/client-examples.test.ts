import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const web = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(new URL('../../docs/client.md', import.meta.url), 'utf8')

/** What the examples take for granted, by its name. */
const given: Readonly<Record<string, string>> = {
  createBffClient: "import { createBffClient } from '@strongroom/client'",
  unwrap: "import { unwrap } from '@strongroom/client'",
  createStepUp: "import { createStepUp } from '@strongroom/client'",
  finishResume: "import { finishResume } from '@strongroom/client'",
  StrongroomProvider: "import { StrongroomProvider } from '@strongroom/client/react'",
  useSession: "import { useSession } from '@strongroom/client/react'",
  useStrongroom: "import { useStrongroom } from '@strongroom/client/react'",
  useEffect: "import { useEffect } from 'react'",
  useState: "import { useState } from 'react'",
  useSyncExternalStore: "import { useSyncExternalStore } from 'react'",
  bff: "declare const bff: import('@strongroom/client').BffClient",
  session: "declare const session: import('@strongroom/client').BrowserSession",
  readNotes: 'declare const readNotes: (json: unknown) => readonly string[] | undefined',
  root: "declare const root: import('react-dom/client').Root",
  App: 'declare const App: () => null',
}

test('the examples of the client’s page are what the compiler takes', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(web, '.client-examples-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const examples = [...page.matchAll(/^```tsx?\n([^]*?)^```/gm)].map(([, code = '']) => code)

  for (const [at, code] of examples.entries()) {
    writeFileSync(join(folder, `example-${at}.tsx`), `${preamble(code)}\n${code}\nexport {}\n`)
  }
  const options = { noUnusedLocals: false }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../tsconfig.json', compilerOptions: options, include: ['*.tsx'] }),
  )

  expect(examples.length).toBeGreaterThan(5)
  expect(faultsIn(folder)).toBe('')
})

/** Of what is given, the names that an example uses and does not bring itself. */
function preamble(code: string): string {
  return Object.entries(given)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(code))
    .filter(([name]) => !new RegExp(`(import .*|const |function )\\b${name}\\b`).test(code))
    .map(([, line]) => line)
    .join('\n')
}

function faultsIn(folder: string): string {
  try {
    execFileSync('tsc', ['--noEmit', '-p', folder], { cwd: web, encoding: 'utf8' })
    return ''
  } catch (error) {
    return (error as { readonly stdout: string }).stdout
  }
}
