/** One thing that is wrong with the options: which, and what with the cure. */
export interface Fault {
  /** Such as `provider.issuer`. */
  readonly option: string
  readonly text: string
}
