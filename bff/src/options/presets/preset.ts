import type { ProviderOptions } from '../options.ts'

/** What a preset may say: what follows from who the provider is. */
type Presettable = Omit<ProviderOptions, 'preset' | 'clientId' | 'clientSecret'>

interface Line<T> {
  readonly value: T
  readonly why: string
  /** Where the provider says so, or who has found it out. */
  readonly source: string
}

/** What is known of one provider. `docs/providers/README.md` is made from it. */
export interface Preset {
  readonly title: string
  /** Its page in `docs/providers`. */
  readonly page: string
  readonly settings: {
    readonly [Option in keyof Presettable]?: Line<NonNullable<Presettable[Option]>>
  }
  /** Issuers that can't be this provider's, each with the cure. */
  readonly wrongIssuers: ReadonlyArray<{ readonly like: RegExp; readonly text: string }>
  /** What it has, in a few words each. */
  readonly has: {
    readonly endSession: string
    readonly revocation: string
    readonly logoutNotice: string
    readonly rotation: string
  }
}
