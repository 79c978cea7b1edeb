import { presetNames } from './presets/presets.ts'
import { defaults } from './resolve-options.ts'

interface Variable {
  /** The option that it fills, if it fills one. */
  readonly option?: string
  readonly default?: string
  readonly meaning: string
}

/** Every variable that `npm run serve` reads. `docs/configuration.md` is made from this table. */
const variables = {
  PUBLIC_URL: {
    option: 'publicUrl',
    default: defaults.publicUrl,
    meaning:
      'The origin that browsers see. The callback and every absolute URL are built from it, never from a request. Plain http for localhost only.',
  },
  HOST: { default: '127.0.0.1', meaning: 'Address to listen on.' },
  PORT: { default: '3000', meaning: 'Port to listen on.' },
  OIDC_PROVIDER: {
    option: 'provider.preset',
    meaning: `Who the provider is, if its habits are known here: ${presetNames.map((name) => `\`${name}\``).join(', ')}. What is left out is then said [for it](providers/README.md); what is set wins.`,
  },
  OIDC_ISSUER: {
    option: 'provider.issuer',
    meaning:
      'Issuer URL of the OpenID provider, to the letter as its discovery document has it. Plain http for loopback only. The provider is first asked when somebody signs in, so it may be down when the server starts.',
  },
  OIDC_DISCOVERY_URL: {
    option: 'provider.discoveryUrl',
    meaning:
      'Where the discovery document is, if that is not below the issuer. The issuer that it names must be `OIDC_ISSUER` all the same.',
  },
  OIDC_CLIENT_ID: { option: 'provider.clientId', meaning: 'Id of the confidential client.' },
  OIDC_CLIENT_SECRET: {
    option: 'provider.clientSecret',
    meaning:
      'Its secret. Left out where a key or a certificate [proves who we are](client-authentication.md).',
  },
  OIDC_CLIENT_KEY: {
    option: 'provider.clientKeys',
    meaning:
      'Private keys for `private_key_jwt`, in the place of a secret: the text of a JWK, a JWK Set or PEM, whose line breaks may be written as `\\n` (`strongroom keygen --client-key` makes one). The first signs; [how to change it](client-authentication.md#changing-the-key).',
  },
  OIDC_CLIENT_KEY_FILE: {
    meaning:
      'A file with them, in the place of `OIDC_CLIENT_KEY`; [read again](client-authentication.md#renewed-without-a-restart) when it changes.',
  },
  OIDC_CLIENT_JWKS_PATH: {
    option: 'provider.clientJwksPath',
    meaning:
      'A path, such as `/auth/jwks`, where the public halves of these keys are served for the provider to fetch. Nothing else may answer there: below `/auth` it is this one path, and below no prefix of an API. Left out: none.',
  },
  OIDC_TLS_CERT_FILE: {
    option: 'provider.clientCertificate',
    meaning:
      'A file with this client’s certificate as PEM, its authorities’ behind it, for [mutual TLS](client-authentication.md#with-a-certificate): it is shown to the provider, and to the APIs whose row says `clientCertificate`.',
  },
  OIDC_TLS_KEY_FILE: {
    option: 'provider.clientCertificateKey',
    meaning: 'A file with the certificate’s private key, as PEM without a passphrase.',
  },
  OIDC_PROFILE: {
    option: 'provider.profile',
    meaning:
      '`fapi2`: all that the [FAPI 2.0 Security Profile](fapi2.md) demands of a client, and no start with settings, or a provider, that contradict it.',
  },
  OIDC_CLIENT_AUTH: {
    option: 'provider.clientAuthentication',
    meaning:
      '`client_secret_post`, `client_secret_basic`, `private_key_jwt`, `tls_client_auth`, `self_signed_tls_client_auth`, or `client_secret_basic_raw`, which leaves out the percent-encoding of the standard for a provider that does not undo it. Left out: `private_key_jwt` where there is a key and no secret, else `client_secret_post` where the provider takes it.',
  },
  OIDC_DPOP: {
    option: 'provider.dpop',
    default: 'off',
    meaning:
      '`on`: access tokens are bound to a key of their session (RFC 9449), so that a stolen one is of no use. The provider must be able to, and your API must check the proofs: [how](dpop.md).',
  },
  OIDC_AUTHORIZE_PARAMS: {
    option: 'provider.authorizeParameters',
    meaning:
      'More authorization parameters, as a query string: `audience=https://api.example.com&access_type=offline`. A link to the sign-in can’t ask for less than an `acr_values`, `max_age` or `prompt` set here; the first two are checked in the answer. They are added to those that `OIDC_PROVIDER` knows; an empty one (`prompt=`) is left out.',
  },
  OIDC_SCOPE: {
    option: 'provider.scope',
    default: defaults.scope,
    meaning: 'Scopes of a sign-in.',
  },
  OIDC_END_SESSION_URL: {
    option: 'provider.endSessionUrl',
    meaning:
      'Where the provider’s own session ends, in the place of what its discovery document says: absolute, or relative to the issuer.',
  },
  OIDC_INTROSPECTION: {
    option: 'provider.introspection',
    default: 'never',
    meaning:
      'When the provider is asked, before a call goes out, whether the access token is good still ([what comes of it](flows.md#10-is-it-still-valid)): `never`, `restore` (before the first call of a session that this process has not seen), or so many seconds after it was last vouched for.',
  },
  API_UPSTREAM: {
    meaning:
      'Base URL that replaces `/api`: `/api/notes?x=1` goes to `<API_UPSTREAM>/notes?x=1`. Beside [a file](#the-file) with a table it is the target of the row `/api`.',
  },
  SESSION_SECRET: {
    option: 'session.secrets',
    meaning:
      '32 or more characters, of printable ASCII. Several parted by commas: the first seals, all unseal ([how to change them](scaling.md#changing-the-secret)).',
  },
  SESSION_SECRET_FILE: {
    meaning:
      'A file with the secrets, parted by commas or line breaks, in the place of `SESSION_SECRET`. Read again every second: new secrets are in use without a restart, as soon as two looks have read the same.',
  },
  STORE_URL: {
    option: 'store',
    default: defaults.store,
    meaning:
      '`sqlite:<file>` (one machine, survives a restart), `redis://<user>:<password>@<host>:<port>/<database>` or `rediss://…` with TLS (many instances; a Redis 6.0 or later or a Valkey, `maxmemory-policy noeviction`, not a cluster), or `memory:` (forgets at a restart): where renewed sessions wait for late calls, and where ended sessions are remembered.',
  },
  SESSION_MODE: {
    option: 'session.mode',
    default: 'cookie',
    meaning:
      '`cookie`: the session is sealed into the cookie. `server`: the cookie holds a sealed ticket, the sealed session lies in the store.',
  },
  SESSION_IDLE_SECONDS: {
    option: 'session.idleSeconds',
    default: String(defaults.idleSeconds),
    meaning: 'A session ends after so much time without a call.',
  },
  SESSION_MAX_SECONDS: {
    option: 'session.maxSeconds',
    default: String(defaults.maxSeconds),
    meaning: 'A session ends after so much time whatever happens.',
  },
  SPA_DIR: {
    option: 'spaDir',
    default: 'web/dist',
    meaning: 'The built app to serve; empty for none.',
  },
  TRUSTED_PROXIES: {
    option: 'trustedProxies',
    meaning:
      'Addresses or CIDRs, parted by commas, of proxies whose `X-Forwarded-For`, `X-Request-Id` and `traceparent` are believed. Whatever ends TLS before Strongroom belongs here.',
  },
  RATE_LIMIT_PER_MINUTE: {
    option: 'rateLimitPerMinute',
    default: String(defaults.rateLimitPerMinute),
    meaning:
      'How many times a minute one network (an IPv4 address, an IPv6 /64; a /48 sixteen times as often) may begin a sign-in, come back from one, or sign out, each counted for itself and over all instances; 0 for no limit. A sign-out beyond it ends the session all the same, and its tokens are revoked a little later. Behind a proxy that `TRUSTED_PROXIES` does not name, all users are one network, of twenty times the limit if the proxy’s address is a private one and it sends `X-Forwarded-For`. Those behind one NAT are one, too.',
  },
  JOBS_RUN: {
    option: 'jobRunner.where',
    default: defaults.jobsRun,
    meaning:
      'Where [jobs](jobs.md) run: `here`, in this server, or `elsewhere`, in a `strongroom jobs` with the same settings.',
  },
  LOG_LEVEL: {
    default: 'info',
    meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
  },
  SHUTDOWN_DELAY_SECONDS: {
    default: '0',
    meaning:
      'For so long after SIGTERM everything is served as before, but `/readyz` is 503: give it the time in which the load balancer notices ([a stop that loses nothing](scaling.md#a-stop-that-loses-nothing)). Ctrl-C does not wait.',
  },
  SHUTDOWN_GRACE_SECONDS: {
    default: '10',
    meaning:
      'From then on, what is under way may take so long before the process is gone. Give a supervisor’s own limit (`TimeoutStopSec`, `terminationGracePeriodSeconds`) two seconds more than both together.',
  },
  OPS_PORT: {
    meaning:
      'Port of a second listener that serves `/metrics` ([what it tells](metrics.md)) and nothing else. Left out: none.',
  },
  OPS_HOST: {
    default: '127.0.0.1',
    meaning: 'Address of that listener. It asks nobody who they are: keep it off the internet.',
  },
} satisfies Record<string, Variable>

export type EnvironmentName = keyof typeof variables

export const environment: Readonly<Record<EnvironmentName, Variable>> = variables
