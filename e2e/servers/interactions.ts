import type { IncomingMessage } from 'node:http'
import { errors, type Interaction, type KoaContextWithOIDC, type Provider } from 'oidc-provider'
import * as z from 'zod'
import { demoUser, demoUsers, hintedUser } from './demo-users.ts'
import { consentPage, errorPage, homePage, signInPage } from './provider-pages.ts'
import { sendPage, type Page } from './send-page.ts'

type InteractionResult = Parameters<Provider['interactionResult']>[2]

export interface InteractionsOptions {
  readonly appName: string
  readonly appUrl: string
  /** So many people more who may sign in. */
  readonly crowd: number
}

const bodyLimitBytes = 4096

const refusal = { error: 'access_denied' }

/** What a person sees between the app's request and the answer: who are you, and may the app. */
export function interactions(provider: Provider, options: InteractionsOptions) {
  return async function serveInteractions(
    ctx: KoaContextWithOIDC,
    next: () => Promise<unknown>,
  ): Promise<void> {
    if (ctx.path === '/' && ctx.method === 'GET') {
      sendPage(ctx, homePage({ name: options.appName, publicUrl: options.appUrl }), options.appUrl)
    } else if (/^\/interaction\/[\w-]+$/.test(ctx.path) && /^(GET|POST)$/.test(ctx.method)) {
      await interact(ctx)
    } else {
      await next()
    }
  }

  async function interact(ctx: KoaContextWithOIDC): Promise<void> {
    try {
      const interaction = await provider.interactionDetails(ctx.req, ctx.res)
      if (ctx.method === 'GET') show(ctx, pageFor(interaction))
      else await finish(ctx, interaction, await readForm(ctx.req))
    } catch (error) {
      if (!(error instanceof errors.OIDCProviderError)) throw error
      ctx.status = error.statusCode
      show(ctx, errorPage(expired, { name: options.appName, publicUrl: options.appUrl }))
    }
  }

  function show(ctx: KoaContextWithOIDC, page: Page): void {
    sendPage(ctx, page, options.appUrl)
  }

  function pageFor({ params, prompt, session, uid }: Interaction): Page {
    const common = {
      action: `/interaction/${uid}`,
      appName: options.appName,
      appUrl: options.appUrl,
    }
    const user = demoUser(session?.accountId ?? '', options.crowd)
    if (prompt.name === 'consent' && user) {
      const { prompt: wanted, scope } = paramsSchema.parse(params)
      const forLater = wanted.split(' ').includes('consent')
      return consentPage({ ...common, user, forLater, scopes: scope.split(' ') })
    }
    const hinted = hintedUser(params['login_hint'])
    return signInPage({ ...common, users: demoUsers, hinted, current: user })
  }

  async function finish(
    ctx: KoaContextWithOIDC,
    interaction: Interaction,
    form: URLSearchParams,
  ): Promise<void> {
    const result = await resultOf(interaction, form)
    if (!result) return show(ctx, pageFor(interaction))
    const returnTo = await provider.interactionResult(ctx.req, ctx.res, result)
    ctx.redirect(returnTo)
    ctx.status = 303
  }

  async function resultOf(
    interaction: Interaction,
    form: URLSearchParams,
  ): Promise<InteractionResult | null> {
    if (form.get('answer') === 'no') return { ...refusal, error_description: 'the user declined' }
    if (interaction.prompt.name === 'consent') {
      return form.get('answer') === 'yes'
        ? { consent: { grantId: await grant(interaction) } }
        : null
    }
    const user = demoUser(form.get('user') ?? '', options.crowd)
    return user ? signedIn(interaction, user.sub) : null
  }

  async function grant({ grantId, params, prompt, session }: Interaction): Promise<string> {
    const earlier = grantId ? await provider.Grant.find(grantId) : undefined
    const accountId = session?.accountId
    const granted =
      earlier ?? new provider.Grant({ accountId, clientId: paramsSchema.parse(params).client_id })
    const missing = missingSchema.parse(prompt.details)
    if (missing.missingOIDCScope.length > 0) granted.addOIDCScope(missing.missingOIDCScope)
    for (const [resource, scopes] of Object.entries(missing.missingResourceScopes)) {
      granted.addResourceScope(resource, scopes)
    }
    return granted.save()
  }
}

/** As strong as the app asks, where the provider knows of such a thing; and whatever else was asked is done by it, too. */
function signedIn({ params, prompt }: Interaction, accountId: string): InteractionResult {
  const [acr] = paramsSchema.parse(params).acr_values.split(' ')
  return { [prompt.name]: {}, login: { accountId, amr: ['demo'], ...(acr && { acr }) } }
}

const paramsSchema = z.object({
  client_id: z.string(),
  scope: z.string().default(''),
  prompt: z.string().default(''),
  acr_values: z.string().default(''),
})

const missingSchema = z.object({
  missingOIDCScope: z.array(z.string()).default([]),
  missingResourceScopes: z.record(z.string(), z.array(z.string())).default({}),
})

const expired = {
  error: 'expired',
  error_description: 'This step of the sign-in has expired, or was finished in another tab.',
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += Buffer.byteLength(chunk)
    if (bytes > bodyLimitBytes) throw new errors.InvalidRequest('the form is too large', 413)
    chunks.push(Buffer.from(chunk))
  }
  return new URLSearchParams(Buffer.concat(chunks).toString())
}
