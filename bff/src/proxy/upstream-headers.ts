import { isHopByHop } from './headers.ts'
import { passesUp } from './request-headers.ts'

/** No I/O. */

/** Whether a row of the table may name this header among those that go up. What it says no to never goes up. */
export function mayGoUp(name: string): boolean {
  return passesUp(name) && isOfTheMessage(name) && !name.startsWith('sec-websocket-')
}

/** Whether a row of the table may name this header among those that come down. */
export function mayComeDown(name: string): boolean {
  return isOfTheMessage(name) && name !== 'x-request-id'
}

/** Not of the connection it comes over, nor of how its body is cut. */
function isOfTheMessage(name: string): boolean {
  return !isHopByHop(name) && name !== 'content-length'
}
