import type { Contender, Place } from '../contenders/contender.ts'
import { launch, serverCore, type Launched } from '../machine/launch.ts'
import { untilAnswers } from './until-answers.ts'
import { visitor } from './visitor.ts'

export interface RunningContender {
  readonly name: string
  readonly pid: number
  readonly port: number
  /** From the start of the process to the first answer. */
  readonly startMilliseconds: number
  /** What a browser of its app sends with each call, the session included. */
  readonly headers: Readonly<Record<string, string>>
  output(): string
  stop(): Promise<void>
}

/** As long as a session's, for those who keep none and drop it. */
const someCookie = `session=${'c3Ryb25ncm9vbS1iZW5jaA'.repeat(135)}`

/** Starts it on a core of its own, waits until it answers, and signs in. */
export async function runContender(contender: Contender, place: Place): Promise<RunningContender> {
  const server = launch({ ...contender.start(place), core: serverCore })
  try {
    const startMilliseconds = await untilAnswers(server, {
      port: place.port,
      path: '/healthz',
      status: 200,
    })
    return {
      name: contender.name,
      pid: server.pid,
      port: place.port,
      startMilliseconds,
      headers: browserHeaders(place.publicUrl, await cookieFor(contender, place, server)),
      output: () => server.output(),
      stop: () => server.stop(),
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function cookieFor(
  { name, signsIn }: Contender,
  { port, publicUrl }: Place,
  server: Launched,
) {
  if (!signsIn) return someCookie
  const someone = visitor(publicUrl, port)
  try {
    await someone.signIn()
  } catch (cause) {
    throw new Error(`Nobody can sign in at ${name}. It wrote:\n${server.output()}`, { cause })
  }
  return someone.jar.header()
}

/** What Chrome sends with a call of script, and the header that Strongroom asks for. */
function browserHeaders(publicUrl: string, cookie: string): Record<string, string> {
  return {
    Host: new URL(publicUrl).host,
    'User-Agent':
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    Accept: 'application/json',
    'Accept-Language': 'en-US,en;q=0.9',
    'Accept-Encoding': 'gzip, deflate, br, zstd',
    Referer: `${publicUrl}/notes`,
    'Sec-Fetch-Dest': 'empty',
    'Sec-Fetch-Mode': 'cors',
    'Sec-Fetch-Site': 'same-origin',
    'X-CSRF': '1',
    Cookie: cookie,
  }
}
