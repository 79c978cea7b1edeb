import * as z from 'zod/mini'
import { grantPath } from './grants.ts'

/** What `POST /auth/grants/{name}/run` answers: each job of the grant that is to run now, or does already. */
export const grantRunSchema = z.object({
  jobs: z.array(z.object({ job: z.string(), state: z.enum(['queued', 'running']) })),
})

export type GrantRun = z.infer<typeof grantRunSchema>

export function grantRunPath(name: string, job?: string): string {
  return `${grantPath(name)}/run${job === undefined ? '' : `?job=${encodeURIComponent(job)}`}`
}
