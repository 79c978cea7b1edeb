import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { failureToProblem } from '../base/failure-to-problem.ts'
import { stepUpChallenge } from '../proxy/step-up-challenge.ts'
import { publicUrl } from '../testing/test-bff.ts'
import { mutated, oddText } from './arbitraries.ts'
import { hold } from './hold.ts'

const challenges = [
  'Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="300"',
  'Negotiate YWJj==, DPoP algs="ES256", error=insufficient_user_authentication, max_age=0',
  'Basic realm="a \\"b\\", c", Bearer , Bearer error = "insufficient_user_authentication"',
]

test('whatever an API says, what is asked of the provider for it is no more than the standard’s two', async () => {
  await hold(
    fc.oneof(mutated(challenges), fc.array(mutated(challenges)), oddText),
    (header) => {
      const demand = stepUpChallenge({ 'www-authenticate': header })
      if (demand === null) return
      const { problem } = failureToProblem({ kind: 'step-up-required', ...demand }, 'request')
      const login = new URL(problem.login ?? '', publicUrl)

      expect(login.origin + login.pathname).toBe(`${publicUrl}/auth/login`)
      for (const [name, value] of login.searchParams)
        expect(`${name}=${value}`).toMatch(/^(acr_values=[\x20-\x7e]{1,500}|max_age=\d{1,9})$/)
      expect([...login.searchParams].length).toBeGreaterThan(0)
    },
    { runs: 2000, examples: challenges },
  )
})
