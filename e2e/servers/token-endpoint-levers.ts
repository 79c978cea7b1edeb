import { setTimeout as pause } from 'node:timers/promises'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ProviderMiddleware } from './provider.ts'

export interface TokenEndpointFailure {
  readonly status: number
  /** An object is sent as JSON. @default nothing */
  readonly body?: string | object
  readonly headers?: Readonly<Record<string, string>>
  /** @default 1 */
  readonly times?: number
}

export interface TokenEndpointLevers {
  readonly middleware: ProviderMiddleware
  /** Answers that reached the caller with this status or a higher one. */
  countAnswers(grantType?: string, leastStatus?: number): number
  fail(failure: TokenEndpointFailure): void
  delay(milliseconds: number): void
  loseAnswers(times: number): void
  reset(): void
}

interface Answer {
  readonly grantType: string | undefined
  readonly status: number
}

/** Watches the token endpoint, and spoils it on demand. */
export function tokenEndpointLevers(): TokenEndpointLevers {
  const answers: Answer[] = []
  const failures: TokenEndpointFailure[] = []
  let answersToLose = 0
  let delayMs = 0

  async function middleware(ctx: KoaContextWithOIDC, next: () => Promise<unknown>): Promise<void> {
    if (ctx.path !== '/token' || ctx.method !== 'POST') return void (await next())
    const failure = failures.shift()
    const grantType = failure ? await answerWith(failure, ctx) : await pass(ctx, next)
    if (delayMs > 0) await pause(delayMs)
    if (failure || answersToLose === 0) {
      answers.push({ grantType, status: ctx.status })
    } else {
      answersToLose -= 1
      ctx.respond = false
      ctx.req.socket.destroy()
    }
  }

  return {
    middleware,
    countAnswers(grantType, leastStatus = 0) {
      const isMeant = (answer: Answer) =>
        answer.status >= leastStatus && (grantType === undefined || answer.grantType === grantType)
      return answers.filter(isMeant).length
    },
    fail(failure) {
      for (let left = failure.times ?? 1; left > 0; left -= 1) failures.push(failure)
    },
    delay(milliseconds) {
      delayMs = milliseconds
    },
    loseAnswers(times) {
      answersToLose = times
    },
    reset() {
      answers.length = 0
      failures.length = 0
      answersToLose = 0
      delayMs = 0
    },
  }
}

type GrantType = string | undefined

async function pass(ctx: KoaContextWithOIDC, next: () => Promise<unknown>): Promise<GrantType> {
  await next()
  const grantType: unknown = ctx.oidc.params?.['grant_type']
  return typeof grantType === 'string' ? grantType : undefined
}

async function answerWith(
  failure: TokenEndpointFailure,
  ctx: KoaContextWithOIDC,
): Promise<GrantType> {
  const chunks: Buffer[] = []
  for await (const chunk of ctx.req) chunks.push(Buffer.from(chunk))
  ctx.status = failure.status
  ctx.body = failure.body ?? ''
  if (failure.headers) ctx.set({ ...failure.headers })
  return new URLSearchParams(Buffer.concat(chunks).toString()).get('grant_type') ?? undefined
}
