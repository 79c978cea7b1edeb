import { readFileSync, statSync } from 'node:fs'
import { PlainError } from '../base/plain-error.ts'

/** No list of secrets, key or certificate is as long; a log or an image that was named by mistake is. */
const mostBytes = 65_536

/**
 * The text of a file with secrets or keys, which is read again and again while the process runs.
 *
 * Throws {@link PlainError} for what is no such file, and what the system says for one that can't be read.
 */
export function readSmallFile(path: string): string {
  const found = statSync(path)
  if (found.isDirectory()) throw new PlainError('a folder, not a file')
  // A pipe would be waited for until somebody writes to it, and the whole process with it.
  if (!found.isFile()) throw new PlainError('a pipe or a device, not a file')
  if (found.size > mostBytes) throw new PlainError(`a file of ${found.size} bytes`)
  return readFileSync(path, 'utf8')
}
