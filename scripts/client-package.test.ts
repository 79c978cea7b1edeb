import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'

const shared = new URL('../shared/', import.meta.url)
const dist = new URL('dist/', shared)

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>
  readonly private?: boolean
}

let manifest: Manifest

beforeAll(() => {
  execFileSync('npm', ['run', 'build'], { cwd: fileURLToPath(shared), stdio: 'ignore' })
  manifest = JSON.parse(readFileSync(new URL('package.json', dist), 'utf8')) as Manifest
}, 60_000)

test('each entry of the packed client is JavaScript that Node runs, with its types', async () => {
  for (const [name, { default: code, types }] of Object.entries(manifest.exports)) {
    const exported = (await import(new URL(code, dist).href)) as object

    expect(Object.keys(exported), name).not.toEqual([])
    expect(readFileSync(new URL(types, dist), 'utf8'), name).toContain('export')
  }
})

test('nothing of the tests is packed, and nothing that is not built', () => {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })

  expect(files.filter((file) => /test|(?<!\.d)\.tsx?$/.test(file))).toEqual([])
  expect(manifest.private).toBeUndefined()
})

test('the packed client refers to its files by the names they have', () => {
  const code = readFileSync(new URL('client.js', dist), 'utf8')

  expect(code).toContain("'./result.js'")
  expect(code).not.toMatch(/from '.*\.ts'/)
})
