import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { optionsFromEnv } from '../../bff/src/options/from-env.ts'
import { presets } from '../../bff/src/options/presets/presets.ts'

const folder = new URL('../../docs/providers/', import.meta.url)

const recipes = readdirSync(folder).filter((name) => name !== 'README.md')

/** What a recipe leaves to whoever follows it. */
const besides = {
  PUBLIC_URL: 'https://app.example.com',
  API_UPSTREAM: 'http://127.0.0.1:4000',
  SESSION_SECRET: 'correct horse battery staple and then some',
  SPA_DIR: '',
}

const blocks = recipes.flatMap((recipe) => {
  const text = readFileSync(new URL(recipe, folder), 'utf8')
  return [...text.matchAll(/```sh\n(.+?)```/gs)].map(([, block = '']) => ({
    recipe,
    env: environmentIn(block),
  }))
})

test.for(blocks)('the settings of $recipe for $env.OIDC_PROVIDER are taken', ({ env }) => {
  const options = optionsFromEnv({ ...besides, ...env })

  expect(options.ok ? [] : options.error).toEqual([])
})

test('every preset has a recipe, and no recipe names a variable that nobody reads', () => {
  const shown = new Set(blocks.map(({ env }) => env['OIDC_PROVIDER'] ?? ''))
  const read = readFileSync(new URL('../configuration.md', folder), 'utf8')
  const named = recipes.flatMap((recipe) =>
    [...readFileSync(new URL(recipe, folder), 'utf8').matchAll(/\b(?:OIDC|SESSION)_[A-Z_]+/g)].map(
      ([name]) => name,
    ),
  )

  expect(shown).toEqual(new Set(Object.keys(presets)))
  expect(named.filter((name) => !read.includes(`| \`${name}\` |`))).toEqual([])
  expect(Object.values(presets).filter(({ page }) => !recipes.includes(page))).toEqual([])
})

function environmentIn(block: string): Readonly<Record<string, string>> {
  const lines = block.matchAll(/^(\w+)=("?)(.*)\2$/gm)
  return Object.fromEntries([...lines].map(([, name = '', , value = '']) => [name, value]))
}
