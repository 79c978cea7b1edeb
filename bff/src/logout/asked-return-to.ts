import type { Context } from 'hono'

/** Where a sign-out is asked to end, not checked yet: a field of the form, or of the query. */
export async function askedReturnTo({ req }: Context): Promise<string | undefined> {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(req.header('Content-Type') ?? '')
  const field = isForm ? new URLSearchParams(await req.text()).get('return_to') : null
  return field ?? req.query('return_to')
}
