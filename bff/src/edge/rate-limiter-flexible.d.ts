/** It is part of the package and typed by it, all but one, yet left out of what the package's index hands over. */
declare module 'rate-limiter-flexible/lib/RateLimiterStoreAbstract.js' {
  import type { RateLimiterStoreAbstract } from 'rate-limiter-flexible'

  export default class extends RateLimiterStoreAbstract {
    /** 0 for a key that is not remembered as over the limit. */
    getInMemoryBlockMsBeforeExpire(key: string): number
  }
}
