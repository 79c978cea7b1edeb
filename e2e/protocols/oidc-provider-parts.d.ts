/** What a grant of one's own takes of oidc-provider, which does not say so in its types. */
declare module 'oidc-provider/lib/helpers/validate_dpop.js' {
  import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider'

  interface Proof {
    /** Of the key (RFC 7638). */
    readonly thumbprint: string
    readonly jti: string
  }

  /** Undefined where there is no proof. Throws when it does not hold up, or lacks the nonce. */
  export default function validateDpop(
    provider: Provider,
    ctx: KoaContextWithOIDC,
  ): Promise<Proof | undefined>

  /** Throws when the proof was seen before. */
  export function checkDpopReplay(
    provider: Provider,
    ctx: KoaContextWithOIDC,
    proof: Proof,
    clientId: string,
    refusal?: typeof errors.InvalidGrant,
  ): Promise<void>
}
