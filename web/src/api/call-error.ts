import type { ProblemError } from '@strongroom/client'

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ProblemError
  }
}

export { ProblemError as CallError, unwrap as valueOrThrow } from '@strongroom/client'
