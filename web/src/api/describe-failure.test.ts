import { problem, problems, type CallFailure, type ProblemCode } from '@strongroom/client'
import { expect, test } from 'vitest'
import { describeFailure } from './describe-failure.ts'

test.each(Object.keys(problems) as ProblemCode[])('has words for the problem %s', (code) => {
  const text = describeFailure({ kind: 'problem', problem: problem(code) })

  expect(text.title).toBe(problems[code].title)
  expect(text.advice).toMatch(/\.$/)
})

test('tells what is wrong with a request where the server says so', () => {
  const failure: CallFailure = {
    kind: 'problem',
    problem: problem('bad_request', { detail: 'Connect it first.' }),
  }

  expect(describeFailure(failure).advice).toBe('Connect it first.')
})

test.each([400, 401, 403, 404, 418, 500, 503])(
  'has words for the status %i of the API',
  (status) => {
    const { title, advice } = describeFailure({ kind: 'unexpected-answer', status })

    expect(title).not.toBe('')
    expect(advice).toMatch(/\.$/)
  },
)

test('does not blame anybody when no answer came', () => {
  expect(describeFailure({ kind: 'no-answer', cause: null }).title).toBe(
    'The server did not answer',
  )
})
