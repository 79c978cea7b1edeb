/** A guide as somebody follows it: files to write, commands to type, and what they print. No I/O. */
export type Step =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'command'; readonly command: string; readonly prints: readonly string[] }

const fence = /^```(\w+)\n([\s\S]*?)^```$/gm

/**
 * Reads the steps of a guide in Markdown: a block of `json`, `html` or `js` is the file that the paragraph before it names
 * first, each line of `sh` is a command, and a block of `text` is what the last command prints.
 */
export function stepsOf(markdown: string): readonly Step[] {
  const steps: Step[] = []
  for (const { index, 1: language = '', 2: text = '' } of markdown.matchAll(fence)) {
    if (language === 'sh') {
      steps.push(
        ...linesOf(text).map((command) => ({ kind: 'command' as const, command, prints: [] })),
      )
    } else if (language === 'text') {
      const last = steps.pop()
      if (last?.kind !== 'command') throw new Error('An output stands behind no command.')
      steps.push({ ...last, prints: linesOf(text) })
    } else if (/^(json|html|js)$/.test(language)) {
      steps.push({ kind: 'file', name: fileNamed(markdown.slice(0, index)), text })
    }
  }
  return steps
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

function fileNamed(before: string): string {
  const paragraph = before.trimEnd().split('\n\n').at(-1) ?? ''
  const name = /`([\w.-]+\.(?:json|html|js))`/.exec(paragraph)?.[1]
  if (name === undefined) throw new Error(`No file is named here: ${paragraph}`)
  return name
}
