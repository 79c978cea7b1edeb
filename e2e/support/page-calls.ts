import { csrfHeader, routes, type SignedInView } from '@strongroom/client'
import { sessionViewSchema } from '@strongroom/client/schemas'
import { expect, type Page } from '@playwright/test'

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

export interface Call {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const ownHeaders = { [csrfHeader.name]: csrfHeader.value }

/** What script in the page gets for a call that the app itself could have made. */
export async function callFromPage(page: Page, path: string, call: Call = {}): Promise<Answer> {
  return bareCallFromPage(page, path, { ...call, headers: { ...ownHeaders, ...call.headers } })
}

/** The same without the header that tells the app's own calls from others. */
export async function bareCallFromPage(page: Page, path: string, call: Call = {}): Promise<Answer> {
  const [answer] = await allAtOnce(page, [path], call)
  if (!answer) throw new Error(`${path} brought no answer.`)
  return answer
}

/** The statuses of as many calls as `times` says, sent as fast as the browser will. */
export async function statusesOfCallsAtOnce(
  page: Page,
  path: string,
  times: number,
): Promise<readonly number[]> {
  const paths = Array.from({ length: times }, () => path)
  const answers = await allAtOnce(page, paths, { headers: ownHeaders })
  return answers.map(({ status }) => status)
}

/** What `GET /auth/session` tells the page's script, or null when nobody is signed in. */
export async function sessionSeenBy(page: Page): Promise<SignedInView | null> {
  const answer = await callFromPage(page, routes.session)
  expect(answer.status).toBe(200)
  const view = sessionViewSchema.parse(JSON.parse(answer.text))
  return view.authenticated ? view : null
}

async function allAtOnce(
  page: Page,
  paths: readonly string[],
  call: Call,
): Promise<readonly Answer[]> {
  return page.evaluate(
    async ({ paths, call }) =>
      Promise.all(
        paths.map(async (path) => {
          const response = await fetch(path, call)
          return {
            status: response.status,
            contentType: response.headers.get('content-type') ?? '',
            text: await response.text(),
          }
        }),
      ),
    { paths, call },
  )
}
