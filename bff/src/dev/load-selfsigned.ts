import type * as Selfsigned from 'selfsigned'
import { CannotStart } from './cannot-start.ts'

/** Who makes no certificate need not have it. @throws CannotStart */
export async function loadSelfsigned(): Promise<Pick<typeof Selfsigned, 'generate'>> {
  try {
    return await import('selfsigned')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'))
      throw error
    throw new CannotStart(
      'A certificate is made with selfsigned, which is not installed:\n\n  npm install --save-dev selfsigned',
    )
  }
}
