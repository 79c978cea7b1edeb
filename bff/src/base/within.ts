/** What `work` gives, or `otherwise` when it takes longer than so many seconds. The work goes on unheard. */
export async function within<T, F>(
  seconds: number,
  work: Promise<T>,
  otherwise: F,
): Promise<T | F> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<F>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), seconds * 1000)
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
