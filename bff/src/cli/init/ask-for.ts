import { createInterface } from 'node:readline/promises'
import type { Answers } from './answers.ts'

/** Asks on the terminal for what was not given. An empty answer takes what stands in brackets, or leaves it unsaid. */
export async function askFor(given: Partial<Answers>): Promise<Partial<Answers>> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const ask = async (name: keyof Answers, question: string, otherwise = '') =>
      given[name] ?? ((await terminal.question(question)).trim() || otherwise)
    const issuer = await ask('issuer', 'Issuer URL of your provider (none: dev brings one along): ')
    const clientId = issuer === '' ? '' : await ask('clientId', 'Client id there: ')
    const api = await ask('api', 'Your API [http://localhost:4000]: ', 'http://localhost:4000')
    return { issuer, clientId, api }
  } finally {
    terminal.close()
  }
}
