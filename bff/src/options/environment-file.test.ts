import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshFolder } from '../testing/own-process.ts'
import { addEnvironmentFile } from './environment-file.ts'

function folderWith(text: string): string {
  const folder = freshFolder()
  writeFileSync(join(folder, '.env'), text)
  return folder
}

test('what .env says is added to the environment, which wins; empty is unset', () => {
  const env = { PORT: '4000', HOST: '', OIDC_CLIENT_ID: ' ' }
  const folder = folderWith('PORT=1\nHOST=::1\nOIDC_CLIENT_ID=app\nOF_THE_APP="its own"\n')

  expect(addEnvironmentFile(env, folder)).toEqual([])

  expect(env).toEqual({
    PORT: '4000',
    HOST: '::1',
    OIDC_CLIENT_ID: 'app',
    OF_THE_APP: 'its own',
  })
})

test('an SPA_DIR that is empty says "none", whatever the file says', () => {
  const env = { SPA_DIR: '' }

  addEnvironmentFile(env, folderWith('SPA_DIR=dist\n'))

  expect(env).toEqual({ SPA_DIR: '' })
})

test('without the file nothing is added', () => {
  const env = {}

  expect(addEnvironmentFile(env, freshFolder())).toEqual([])
  expect(env).toEqual({})
})

test('one that can’t be read is told with the cure', () => {
  const folder = freshFolder()
  mkdirSync(join(folder, '.env'))

  expect(addEnvironmentFile({}, folder)).toEqual([
    {
      option: '.env',
      text: expect.stringMatching(/^can't be read \(Error EISDIR.*\)\. Let this user read it/),
    },
  ])
})
