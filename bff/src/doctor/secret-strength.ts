/** No I/O. */

export interface Weakness {
  readonly level: 'fault' | 'warning'
  /** What follows "The session secret …". No part of the secret is in it. */
  readonly text: string
}

/** What stands in the documentation in the place of a secret. */
const examples = ['what openssl rand -base64 32 prints', 'what npx strongroom keygen prints']

/** One of 600 000 secrets of 32 random hexadecimal digits came to less than 50, as counted here; what repeats itself comes to less than 30. */
const leastBits = 40

/**
 * What makes a secret easier to guess than its length tells; null when nothing shows. It can only see patterns: that a
 * secret is random nobody can tell by looking.
 */
export function weaknessOf(secret: string): Weakness | null {
  const fault = (text: string): Weakness => ({ level: 'fault', text })
  if (examples.includes(secret.toLowerCase().replace(/^["']|["']$/g, '')))
    return fault('is the example of the documentation, which everybody knows.')
  if (/change.?me|your.?secret|replace.?(me|this)|example|password|placeholder/i.test(secret))
    return fault('is a placeholder, which is the first thing to be guessed.')
  if (bitsOf(secret) < leastBits) return fault('is a pattern, and easy to guess.')
  if (/^(["']).*\1$/.test(secret))
    return {
      level: 'warning',
      text: 'is in quotes, which are part of it here and may not be where it is read otherwise.',
    }
  // Words, each small but for its first letter: nothing random looks like that.
  return /^[A-Z]?[a-z]+(?:[\s.,'-]+[A-Z]?[a-z]+){3,}$/.test(secret)
    ? { level: 'warning', text: 'is a phrase, which is easier to guess than it is long.' }
    : null
}

/** At most so much: the entropy of its characters, for as long as it neither repeats itself nor counts on. */
function bitsOf(secret: string): number {
  const once = secret.slice(0, period(secret))
  const codes = Array.from(once, (character) => character.codePointAt(0) ?? 0)
  const steps =
    codes.slice(1).filter((code, at) => Math.abs(code - (codes[at] ?? 0)) > 1).length + 1
  const counts = Map.groupBy(codes, (code) => code)
  const perCharacter = [...counts.values()].reduce((sum, { length }) => {
    const share = length / codes.length
    return sum - share * Math.log2(share)
  }, 0)
  return perCharacter * steps
}

function period(text: string): number {
  const at = `${text}${text}`.indexOf(text, 1)
  if (at < text.length) return at
  // A last repetition that is cut off counts as one, too.
  for (let length = 1; length <= text.length / 2; length += 1)
    if (text.slice(length) === text.slice(0, -length)) return length
  return text.length
}
