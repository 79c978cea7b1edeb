/** What became of one call, as its caller saw it. */
export interface Answer {
  /** Which instance was called, from 0. */
  readonly instance: number
  /** 0 when none came. */
  readonly status: number
  /** Of the problem, if the answer is one; why there is no answer, if there is none. */
  readonly code: string | null
  readonly retryAfter: string | null
  readonly location: string | null
  readonly milliseconds: number
  readonly body: unknown
}

export function count(answers: readonly Answer[], status: number, code?: string): number {
  return answers.filter(
    (answer) => answer.status === status && (code === undefined || answer.code === code),
  ).length
}

/** All that is not 200, such as `3 × 503 provider_unavailable`. */
export function others(answers: readonly Answer[]): string {
  const counts = new Map<string, number>()
  for (const { status, code } of answers) {
    if (status === 200) continue
    const name = `${status === 0 ? 'none' : status}${code === null ? '' : ` ${code}`}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, times]) => `${times} × ${name}`).join(', ')
}

/** The time within which so many of a hundred calls were answered. */
export function percentile(answers: readonly Answer[], percent: number): number {
  const times = answers.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)
  return times[Math.max(0, Math.ceil((times.length * percent) / 100) - 1)] ?? 0
}
