import type { KoaContextWithOIDC } from 'oidc-provider'

/**
 * Within one session of the provider consent is asked once, but no two sign-ins share a grant: ending one of them
 * by revoking its tokens must leave the others alone.
 */
export async function grantOfItsOwn(ctx: KoaContextWithOIDC, resources: readonly string[]) {
  const { client, provider, result, session } = ctx.oidc
  const given = result?.consent?.grantId
  if (given) return provider.Grant.find(given)
  const earlierId = client && session?.grantIdFor(client.clientId)
  const earlier = earlierId ? await provider.Grant.find(earlierId) : undefined
  if (!earlier?.accountId || !earlier.clientId) return undefined
  const grant = new provider.Grant({ accountId: earlier.accountId, clientId: earlier.clientId })
  grant.addOIDCScope(earlier.getOIDCScope())
  for (const resource of resources)
    grant.addResourceScope(resource, earlier.getResourceScope(resource))
  await grant.save()
  return grant
}
