import type { BffOptions, ProviderOptions, SessionOptions } from './options.ts'

/** What `strongroom.config.ts` may say: any of the options. Whatever the environment says wins over it. */
export interface Config extends Partial<Omit<BffOptions, 'provider' | 'session'>> {
  readonly provider?: Partial<ProviderOptions>
  readonly session?: Partial<SessionOptions>
}

/**
 * Says nothing; lets an editor check a configuration as it is typed.
 *
 * @example
 * // strongroom.config.ts
 * export default defineConfig({
 *   upstreams: [
 *     { prefix: '/api', target: 'https://api.example.com/v1' },
 *     { prefix: '/api/files', target: 'https://files.example.com', maxBodyBytes: 50_000_000 },
 *   ],
 * })
 */
export function defineConfig(config: Config): Config {
  return config
}
