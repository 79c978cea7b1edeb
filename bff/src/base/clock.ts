/** Tells the time. Everything that depends on it takes one, so that a test can set it by hand. */
export interface Clock {
  /** Whole seconds since the epoch. */
  now(): number
  /** The same in milliseconds, where a second is too coarse to tell before from after. */
  milliseconds(): number
}

export const systemClock: Clock = {
  now: () => Math.floor(Date.now() / 1000),
  milliseconds: () => Date.now(),
}
