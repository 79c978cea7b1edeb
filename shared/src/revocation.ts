import * as z from 'zod/mini'

/**
 * What became of a token at sign-out. `queued`: the provider could not be reached in time, and will be asked again for
 * a day. `unsupported`: the provider has no way to revoke it, so it lives until it expires. `failed`: it could not even
 * be queued, or the provider refused it for good. `none`: the session had no such token.
 */
export const revocationSchema = z.enum(['revoked', 'queued', 'failed', 'unsupported', 'none'])

export type Revocation = z.infer<typeof revocationSchema>
