import { QueryClientProvider } from '@tanstack/react-query'
import type { ComponentType } from 'react'
import { createQueryClient } from './query-client.ts'

const client = createQueryClient()

/** A page with the one cache of answers. Fetched with the first page that calls something, since the welcome calls nothing. */
export function withQueries<Props extends object>(
  Page: ComponentType<Props>,
): ComponentType<Props> {
  return function WithQueries(props: Props) {
    return (
      <QueryClientProvider client={client}>
        <Page {...props} />
      </QueryClientProvider>
    )
  }
}
