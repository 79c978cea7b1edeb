import { appendFileSync } from 'node:fs'

// Preloaded into a process that is watched (`node --import`): notes in a file every token that a provider hands to it, and
// every code that it hands in, so that a test knows what to look for.
const file = process.env['RECORD_TOKENS_IN']
const realFetch = globalThis.fetch

if (file) {
  globalThis.fetch = async (input, init) => {
    const body =
      init?.body instanceof URLSearchParams ? init.body : new URLSearchParams(asText(init))
    note(file, 'code', body.get('code'))
    const answer = await realFetch(input, init)
    if (body.has('grant_type')) await noteTokens(file, answer.clone())
    return answer
  }
}

async function noteTokens(file: string, answer: Response): Promise<void> {
  const tokens = (await answer.json().catch(() => ({}))) as Readonly<Record<string, unknown>>
  for (const kind of ['access_token', 'refresh_token', 'id_token']) note(file, kind, tokens[kind])
}

function note(file: string, kind: string, value: unknown): void {
  if (typeof value === 'string') appendFileSync(file, `${JSON.stringify({ kind, value })}\n`)
}

function asText(init: RequestInit | undefined): string {
  return typeof init?.body === 'string' ? init.body : ''
}
