import type { Config } from './config.ts'
import type { BffOptions, ProviderOptions, SessionOptions } from './options.ts'
import type { Fault } from './fault.ts'
import {
  anything,
  flag,
  group,
  isRecord,
  number,
  text,
  texts,
  textsByName,
  type Shape,
  type Shapes,
} from './shapes.ts'

/** No I/O. */

const secrets: Shape = (value, option) =>
  isRecord(value) && typeof value['current'] === 'function' ? [] : texts(value, option)

const store: Shape = (value, option) =>
  isRecord(value) && isRecord(value['keyValue']) ? [] : text(value, option)

const provider: Shapes<keyof ProviderOptions> = {
  preset: text,
  issuer: text,
  discoveryUrl: text,
  clientId: text,
  clientSecret: text,
  clientAuthentication: text,
  clientKeys: text,
  clientJwksPath: (value, option) => (value === null ? [] : text(value, option)),
  clientAssertionAudience: text,
  scope: text,
  authorizeParameters: textsByName,
  endSessionUrl: text,
  endSessionReturnParameter: text,
  endSessionHint: text,
  revokeAtSignOut: text,
  idTokenAlgorithm: text,
  pushedRequests: text,
  trustedAudiences: texts,
  userinfo: text,
  requireLogoutTokenType: flag,
  acceptLogoutTokensWithoutExpiry: flag,
}

const session: Shapes<keyof SessionOptions> = {
  secrets,
  mode: text,
  idleSeconds: number,
  maxSeconds: number,
  replaySeconds: number,
}

const config: Shapes<keyof BffOptions> = {
  publicUrl: text,
  provider: group(provider),
  // Row by row where all options are checked.
  upstreams: anything,
  // One by one where all options are checked.
  grants: anything,
  session: group(session),
  store,
  // One by one where all options are checked.
  jobs: anything,
  jobRunner: anything,
  spaDir: (value, option) => (value === null ? [] : text(value, option)),
  signInFailedPath: (value, option) => (value === null ? [] : text(value, option)),
  trustedProxies: texts,
  rateLimitPerMinute: number,
  telemetry: anything,
  clock: anything,
  fetch: anything,
}

const shape = group(config)

/** Names that nobody knows, and values of the wrong type: what an editor would have said of the file. */
export function checkConfig(value: Config): readonly Fault[] {
  return shape(value, '')
}
