/** Something that hands calls on to an API, to be measured. */
export interface Contender {
  readonly name: string
  /** For the table's reader. */
  readonly about: string
  /** Whether it keeps a session with tokens, which it gets by signing somebody in at `/auth/login`. */
  readonly signsIn: boolean
  /** Whether it is left out of what `--quick` measures. */
  readonly slow?: boolean
  /** What must be installed before it can run. @returns why it can't, or null */
  missing?(): string | null
  /** How to start it, so that it answers `/healthz` and hands `/api/…` on. */
  start(place: Place): StartCommand
}

/** Where it runs, and with whom it deals. */
export interface Place {
  readonly port: number
  /** The origin that browsers see. */
  readonly publicUrl: string
  readonly issuer: string
  readonly client: Client
  /** The same again, with another name, for those who must authenticate by `client_secret_basic`. */
  readonly basicClient: Client
  readonly upstreamUrl: string
  readonly accessTokenSeconds: number
  /** An access token that is good at the upstream, for those who sign nobody in. */
  readonly bearer: string
  readonly secret: string
  /** For its files; empty, and gone afterwards. */
  readonly folder: string
}

export interface Client {
  readonly id: string
  readonly secret: string
}

export interface StartCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}
