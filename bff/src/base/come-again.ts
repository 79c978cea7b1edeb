/** No I/O. */

/** All that the callback is told when it is asked again from a page of ours: that the attempt was answered before. */
export const answeredBefore = '?answered=1'
