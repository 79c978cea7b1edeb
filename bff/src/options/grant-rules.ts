import { authorizeParameters, type Rule } from './rules.ts'

/** No I/O. */

/** It stands in paths, keys and logs. */
export const grantName: Rule<string> = (value) =>
  /^[a-z][a-z0-9-]{0,39}$/.test(value)
    ? null
    : 'is not a name. Use up to 40 small letters, digits and hyphens, a letter first.'

/** A line that people read. */
export function words(mostCharacters: number): Rule<string> {
  return (value) => {
    if (value.trim() === '') return 'is missing. Say it in the words of the user.'
    if (/\p{Cc}/u.test(value))
      return 'has a line break or another control character. Make one line of it.'
    return value.length > mostCharacters
      ? `is longer than ${mostCharacters} characters. Shorten it.`
      : null
  }
}

export const grantParameters: Rule<Readonly<Record<string, string>>> = (value) => {
  const { prompt, resource } = value
  if (resource !== undefined) return 'sets resource. Say it as the option resource of the grant.'
  if (prompt !== undefined && !prompt.split(' ').includes('consent'))
    return 'sets a prompt without "consent", which alone makes the provider ask. Add it, or leave the prompt out.'
  return authorizeParameters(value)
}
