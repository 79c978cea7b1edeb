/** What is written down. Empty is unsaid. */
export interface Answers {
  readonly issuer: string
  readonly clientId: string
  readonly api: string
  readonly publicUrl: string
}
