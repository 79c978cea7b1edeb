/** Why nothing was started, in words for whoever started it: what is wrong, and the cure. No secret is in it. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart'
}
