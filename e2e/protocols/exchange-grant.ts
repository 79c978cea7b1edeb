import { errors } from 'oidc-provider'
import validateDpop, { checkDpopReplay } from 'oidc-provider/lib/helpers/validate_dpop.js'
import type { RunningProvider } from '../servers/provider.ts'

export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const parameters = [
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'resource',
] as const

type Exchange = Readonly<Partial<Record<(typeof parameters)[number], string>>>

/**
 * Token exchange (RFC 8693), which oidc-provider leaves to whoever runs it: a living access token of the client's for another that is for
 * one resource. A bound token is exchanged for who has proven to hold its key, and what comes of it is bound to the same.
 */
export function addTokenExchange({ inner: { accessTokens, oidc } }: RunningProvider): void {
  oidc.registerGrantType<Exchange>(
    exchangeGrant,
    async (ctx) => {
      const { client, params } = ctx.oidc
      const proof = await validateDpop(oidc, ctx)
      const { resource, subject_token: subjectToken = '', subject_token_type: type } = params
      const subject = await accessTokens.active(subjectToken)
      const grantId = await accessTokens.grantIdOf(subjectToken)
      const isOwn = subject?.['client_id'] === client.clientId
      if (!subject || grantId === undefined || !isOwn || type !== accessTokenType)
        throw new errors.InvalidGrant('no subject token that may be exchanged')
      const { jkt } = (subject['cnf'] ?? {}) as { readonly jkt?: string }
      if (jkt !== proof?.thumbprint) throw new errors.InvalidGrant('bound to another key')
      if (resource === undefined) throw new errors.InvalidTarget('for which resource?')
      const token = new oidc.AccessToken({
        accountId: subject.sub ?? '',
        client,
        grantId,
        gty: exchangeGrant,
        scope: 'notes',
      })
      token.resourceServer = new oidc.ResourceServer(resource, {
        audience: resource,
        scope: 'notes',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      })
      if (proof) {
        await checkDpopReplay(oidc, ctx, proof, client.clientId)
        token.setThumbprint('jkt', proof.thumbprint)
      }
      ctx.body = {
        access_token: await token.save(),
        issued_token_type: accessTokenType,
        token_type: token.tokenType,
        expires_in: token.expiration,
        scope: token.scope,
      }
    },
    parameters,
  )
}
