export { createBff, InvalidOptions } from './create-bff.ts'
export type { Bff } from './create-bff.ts'
export type {
  BffOptions,
  ProviderOptions,
  SessionOptions,
  UpstreamOptions,
} from './options/options.ts'
export type { Fault } from './options/resolve-options.ts'
