import type { TokenEvent } from './timeline.ts'

/** The outline of each kind of event around the height `y`: a disc, a diamond, a bar, a cross. */
export const shapes: Readonly<Record<TokenEvent['kind'], (y: number) => string>> = {
  issued: (y) => `M-7 ${y} a7 7 0 1 0 14 0 a7 7 0 1 0 -14 0z`,
  refreshed: (y) => `M0 ${y - 9} l9 9 l-9 9 l-9 -9z`,
  ends: (y) => `M-2 ${y - 10} h4 v20 h-4z`,
  over: (y) => `M-7 ${y - 7} l14 14 M7 ${y - 7} l-14 14`,
}
