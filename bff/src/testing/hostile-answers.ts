import type { ServerResponse } from 'node:http'

export type Json = Readonly<Record<string, unknown>>

/** Answers one request. `usual` is what an honest provider would say. */
export type Answer = (response: ServerResponse, usual: Json) => void

export const honest: Answer = (response, usual) => sendJson(response, 200, usual)

/** The honest answer with members replaced; `undefined` takes one away. */
export function changed(members: Json): Answer {
  return (response, usual) => sendJson(response, 200, { ...usual, ...members })
}

export function saying(status: number, json: Json): Answer {
  return (response) => sendJson(response, status, json)
}

/** Any body under any content type. */
export function text(status: number, contentType: string, body: string): Answer {
  return (response) => void response.writeHead(status, { 'Content-Type': contentType }).end(body)
}

/** The honest answer, but not called JSON. */
export function calledText(contentType: string): Answer {
  return (response, usual) => text(200, contentType, JSON.stringify(usual))(response, usual)
}

/** Sends the caller elsewhere, with what it brought. */
export function redirecting(location: string): Answer {
  return (response) => void response.writeHead(307, { Location: location }).end()
}

/** Takes the request and never says a word. */
export const hanging: Answer = () => {}

/** Begins its answer and never ends it. */
export const dripping: Answer = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' }).write('{"access_token":"')
}

/** The honest answer behind so many bytes of spaces, which JSON allows. */
export function huge(bytes: number): Answer {
  return (response, usual) => {
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(' '.repeat(bytes) + JSON.stringify(usual))
  }
}

function sendJson(response: ServerResponse, status: number, json: Json): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json))
}
