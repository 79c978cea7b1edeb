import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import * as z from 'zod'
import { requireBearer, requireFreshSignIn, type BearerVariables } from './bearer.ts'
import { announcer, serveEcho, upgradeRequired } from './live.ts'
import { closeServer, listenOnLoopback } from './loopback-server.ts'
import { noteInputSchema, notebooks, type Note } from './notes.ts'
import { tellReceived } from './tell-received.ts'
import { whoami } from './whoami.ts'

export interface SampleApiOptions {
  /** @default 0 (any free port) */
  readonly port?: number
  readonly issuer: string
  readonly audience: string
}

export interface RunningSampleApi {
  /** Base URL, without a slash at the end. */
  readonly url: string
  readonly port: number
  stop(): Promise<void>
}

/** A resource server of its own: it knows the provider's keys and nothing of the app. */
export async function startSampleApi(options: SampleApiOptions): Promise<RunningSampleApi> {
  const api = sampleApi(options)
  const server = createAdaptorServer({ fetch: api.fetch }) as Server
  const endEchoes = serveEcho(server, api)
  const port = await listenOnLoopback(server, options.port ?? 0)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    stop: () => {
      endEchoes()
      return closeServer(server)
    },
  }
}

type ApiContext = Context<{ Variables: BearerVariables }>

const bodyLimitBytes = 16 * 1024

/** How long ago somebody may have signed in who leaves an important note. */
const importantNoteSeconds = 300

function sampleApi({ audience, issuer }: SampleApiOptions): Hono<{ Variables: BearerVariables }> {
  const api = new Hono<{ Variables: BearerVariables }>()
  const notebookOf = notebooks()
  const live = announcer()
  const notebook = (c: ApiContext) => notebookOf(c.get('claims').sub)

  api.use(requireBearer({ issuer, audience, scope: 'notes' }))
  api.use(tellReceived)
  api.use(bodyLimit({ maxSize: bodyLimitBytes, onError: (c) => c.json(tooLarge, 413) }))

  api.get('/whoami', whoami)
  api.get('/notes', (c) => c.json(notebook(c).list()))
  api.post('/notes', async (c) => {
    const { text, important } = await readInput(c)
    if (important) requireFreshSignIn(c.get('claims'), importantNoteSeconds)
    const note = notebook(c).add(text, important)
    live.announce(c.get('claims').sub, note)
    return c.json(note, 201)
  })
  api.on(['PUT', 'PATCH'], '/notes/:id', async (c) => {
    const id = c.req.param('id')
    const { text } = await readInput(c)
    const found = notebook(c).find(id)
    if (found && !matches(c.req.header('If-Match'), found)) return c.json(changedMeanwhile, 412)
    const note = notebook(c).change(id, text)
    return note ? c.json(note) : c.json(noSuchNote, 404)
  })
  api.delete('/notes/:id', (c) => {
    const removed = notebook(c).remove(c.req.param('id'))
    return removed ? c.body(null, 204) : c.json(noSuchNote, 404)
  })
  api.get('/live/notes', (c) => live.stream(c))
  api.get('/live/echo', upgradeRequired)

  api.notFound((c) =>
    c.json({ error: 'not_found', message: 'There is nothing at this address.' }, 404),
  )
  api.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse()
    console.error(error)
    return c.json({ error: 'internal', message: 'The sample API failed.' }, 500)
  })
  return api
}

/** Without `If-Match` the caller overwrites whatever is there. */
function matches(header: string | undefined, { updatedAt }: Note): boolean {
  return header === undefined || header === `"${updatedAt}"`
}

const changedMeanwhile = {
  error: 'changed_meanwhile',
  message: 'The note is another by now than the one that you changed.',
}

const noSuchNote = { error: 'not_found', message: 'You have no note with this id.' }

const tooLarge = { error: 'too_large', message: 'The request is larger than 16 kB.' }

async function readInput(c: ApiContext): Promise<z.infer<typeof noteInputSchema>> {
  const json: unknown = await c.req.json().catch(() => undefined)
  if (json === undefined) throw badRequest('The body must be JSON.')
  const input = noteInputSchema.safeParse(json)
  if (!input.success) throw badRequest(z.prettifyError(input.error).replaceAll('✖ ', ''))
  return input.data
}

function badRequest(message: string): HTTPException {
  return new HTTPException(400, {
    res: Response.json({ error: 'bad_request', message }, { status: 400 }),
  })
}
