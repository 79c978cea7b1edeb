/** What may be at hand already. Whoever waits for what is there pays for a promise: each call would, several times. */
export type AtOnce<T> = T | Promise<T>

/** Goes on with it: now if it is there, else when it comes. */
export function whenThere<T, R>(value: AtOnce<T>, goOn: (value: T) => AtOnce<R>): AtOnce<R> {
  return value instanceof Promise ? value.then(goOn) : goOn(value)
}
