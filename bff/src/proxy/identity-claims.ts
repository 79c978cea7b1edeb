/** No I/O. */

/** Beginnings of names in which gateways tell the application behind them who somebody is, or where a call comes from. */
const prefixes = [
  // Envoy and Istio, Linkerd, Kong, Traefik, HAProxy, and those who sign in before them.
  'l5d-',
  'remote-',
  'tailscale-',
  'x-auth-request-',
  'x-authenticated-',
  'x-authentik-',
  'x-consumer-',
  'x-credential-',
  'x-envoy-',
  'x-forwarded-',
  'x-pomerium-',
  'x-remote-',
  'x-vouch-',
  'x-webauth-',
  // Apache's modules, WebSEAL and SiteMinder.
  'iv-',
  'oidc-claim-',
  'shib-',
  'sm-',
  // Amazon, Azure, Cloudflare, Fastly, Fly, Google.
  'cf-',
  'fastly-',
  'fly-',
  'x-amzn-mtls-',
  'x-amzn-oidc-',
  'x-appengine-',
  'x-azure-',
  'x-goog-authenticated-user-',
  'x-goog-iap-',
  'x-ms-client-principal',
  'x-ms-token-',
  // The certificate that a client showed (RFC 9440), and what was asked for before a rewrite.
  'client-cert',
  'ssl-client-',
  'x-client-cert',
  'x-original-',
  'x-ssl-',
]

const names = new Set([
  'forwarded',
  'true-client-ip',
  'via',
  'x-anonymous-consumer',
  'x-apigateway-api-userinfo',
  'x-arr-clientcert',
  'x-auth-email',
  'x-auth-groups',
  'x-auth-user',
  'x-auth-username',
  'x-client-dn',
  'x-client-ip',
  'x-client-verify',
  'x-cluster-client-ip',
  'x-endpoint-api-userinfo',
  'x-forwarded',
  'x-groups',
  'x-host',
  'x-id-token',
  'x-jwt-assertion',
  'x-originating-ip',
  'x-real-ip',
  'x-rewrite-url',
  'x-serverless-authorization',
  'x-spiffe-id',
  'x-user',
  'x-user-email',
  'x-user-groups',
  'x-user-id',
  'x-user-name',
  'x-user-roles',
  'x-userinfo',
  'x-username',
])

/** Each header of each call is asked: one expression takes a fifth of the time that going through the list does. */
const beginsSo = new RegExp(`^(?:${prefixes.join('|')})`)

/**
 * Whether a header claims who somebody is or where they come from, as only a gateway may. An API that has stood behind one
 * before may still believe it, and from a browser it is anybody's word (RFC 9700 §4.13).
 *
 * Names that apps give to things of their own are none of these: `X-User-Agent`, `X-User-Timezone`, `X-Auth-Token`.
 *
 * @param name  in lower case
 */
export function claimsIdentity(name: string): boolean {
  return names.has(name) || beginsSo.test(name)
}
