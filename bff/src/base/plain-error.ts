/**
 * An error whose message is ours: words that stand in the source, numbers, an issuer. A log may repeat it; of every other error it
 * tells the class and the codes alone (`describe-cause.ts`).
 */
export class PlainError extends Error {
  override readonly name: string = 'PlainError'
}
