import type { Context } from 'hono'
import { isForm } from '../base/is-form.ts'

/** Where a sign-out is asked to end, not checked yet: a field of the form, or of the query. */
export async function askedReturnTo({ req }: Context): Promise<string | undefined> {
  const sent = isForm(req.header('Content-Type'))
  const field = sent ? new URLSearchParams(await req.text()).get('return_to') : null
  return field ?? req.query('return_to')
}
