import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { freshFolder } from '../testing/own-process.ts'
import { howToTrust, localCertificate } from './local-certificate.ts'

const day = 86_400_000

test('the certificate is for this machine alone, and can sign no other', async () => {
  const { cert, path } = await localCertificate(freshFolder())

  const read = new X509Certificate(cert)

  expect(read.checkHost('localhost')).toBe('localhost')
  expect([read.checkIP('127.0.0.1'), read.checkIP('::1')]).toEqual(['127.0.0.1', '::1'])
  expect(read.checkHost('example.com')).toBeUndefined()
  expect(read.ca).toBe(false)
  expect(statSync(join(dirname(path), 'localhost-key.pem')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(dirname(path), '.gitignore'), 'utf8')).toBe('*\n')
})

test('it is kept while it lasts, made anew a month before it ends, and when it can’t be read', async () => {
  const folder = freshFolder()
  const now = Date.now()

  const first = await localCertificate(folder, now)
  const later = await localCertificate(folder, now + 330 * day)
  const nearItsEnd = await localCertificate(folder, now + 340 * day)
  writeFileSync(nearItsEnd.path, 'nonsense')
  const mended = await localCertificate(folder, now)

  expect(later.cert).toBe(first.cert)
  expect(nearItsEnd.cert).not.toBe(first.cert)
  expect(new X509Certificate(mended.cert).subject).toBe('CN=localhost')
})

test.each(['darwin', 'win32', 'linux'] as const)('on %s one command trusts it', (platform) => {
  expect(howToTrust('/a folder/localhost.pem', platform)).toContain('"/a folder/localhost.pem"')
})
