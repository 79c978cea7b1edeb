/** No I/O. No clock. */

/** With this a worker ends that could not have the port, and has said so. */
export const cannotListen = 3

/** After so many deaths with nobody at work in between, there is no use in another try. */
export const mostDeathsAtStart = 3

const longestPauseSeconds = 30
const stableSeconds = 60

/** How long a place stays empty, so that what dies at once is started a few times a minute and no more. */
export function pauseSeconds(deathsInARow: number): number {
  return Math.min(longestPauseSeconds, 2 ** (deathsInARow - 1))
}

/** Whether its death has nothing to do with the one before. */
export function wasStable(livedSeconds: number): boolean {
  return livedSeconds >= stableSeconds
}
