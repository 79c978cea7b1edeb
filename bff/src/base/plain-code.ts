/** Words in small letters, joined by underscores: no token, code or secret looks like that. */
const codeLike = /^[a-z]{2,20}(_[a-z]{2,20}){0,5}$/

/**
 * An `error` code that somebody else sent, fit for a log: `invalid_grant` and its like are told, anything else is `other`. A
 * provider, or a link made to look like its answer, can write there what it likes.
 */
export function plainCode(code: string): string {
  return codeLike.test(code) ? code : 'other'
}
