import { expect, test } from 'vitest'
import { stepUpChallenge } from './step-up-challenge.ts'

const error = 'error="insufficient_user_authentication"'

const read: readonly [string, string | readonly string[], readonly string[], number | null][] = [
  [
    'the example of the RFC',
    `Bearer ${error}, error_description="…", acr_values="myACR"`,
    ['myACR'],
    null,
  ],
  ['max_age', `Bearer ${error}, max_age="5"`, [], 5],
  [
    'both, without quotes',
    'Bearer error=insufficient_user_authentication,acr_values=gold,max_age=60',
    ['gold'],
    60,
  ],
  ['several values', `Bearer ${error}, acr_values="gold  silver"`, ['gold', 'silver'], null],
  [
    'another spelling',
    `bEaReR ERROR = "insufficient_user_authentication" , MAX_AGE\t=\t"0"`,
    [],
    0,
  ],
  ['bound tokens', `DPoP algs="ES256", ${error}, max_age="5"`, [], 5],
  ['neither', `Bearer ${error}`, [], 0],
  ['an escape', `Bearer ${error}, acr_values="go\\ld"`, ['gold'], null],
  [
    'the second of several',
    `Negotiate YWJj==, Basic realm="x, y=\\"z\\"", Bearer ${error}, max_age="5"`,
    [],
    5,
  ],
  ['the second of one scheme', `Bearer, Bearer realm="a" , , ${error},`, [], 0],
  ['several headers', ['Basic realm="x"', `Bearer ${error}, max_age="5"`], [], 5],
]

test.for(read)('reads %s', ([, header, acrValues, maxAgeSeconds]) => {
  const demand = stepUpChallenge({ 'www-authenticate': header })

  expect(demand).toEqual({ acrValues, maxAgeSeconds })
})

const passed: readonly [string, string | undefined][] = [
  ['no header', undefined],
  ['an empty one', ''],
  ['commas', ' , ,'],
  ['another error', 'Bearer error="invalid_token", max_age="5"'],
  ['another scheme', `Basic ${error}, max_age="5"`],
  ['parameters of no scheme', `${error}, max_age="5"`],
  ['a challenge inside quotes', `Basic realm="a\\", Bearer ${error.replaceAll('"', '\\"')}"`],
  [
    'an error inside a description',
    `Bearer error="x", error_description="${error.replaceAll('"', '\\"')}"`,
  ],
  ['a quote that is not closed', `Bearer ${error}, realm="`],
  ['an escape of nothing', `Bearer ${error}, realm="\\`],
  ['an error said twice', `Bearer ${error}, error="invalid_token"`],
  ['a demand said twice', `Bearer ${error}, max_age="5", MAX_AGE="500"`],
  ['a max_age below zero', `Bearer ${error}, max_age="-1"`],
  ['a max_age that is no number', `Bearer ${error}, max_age="1e9"`],
  ['a max_age without end', `Bearer ${error}, max_age="${'9'.repeat(400)}"`],
  ['a line break in acr_values', `Bearer ${error}, acr_values="a\r\nSet-Cookie: b"`],
  ['acr_values beyond ASCII', `Bearer ${error}, acr_values="göld"`],
  ['acr_values of absurd length', `Bearer ${error}, acr_values="${'a'.repeat(501)}"`],
  ['a header of absurd length', `Bearer ${error}, max_age="5", realm="${'a'.repeat(5000)}"`],
  ['something behind a value', `Bearer ${error}x`],
]

test.for(passed)('%s demands nothing', ([, header]) => {
  expect(stepUpChallenge({ 'www-authenticate': header })).toBeNull()
})

test.for(['\\', ' ', '\t', ',', '=', 'a=', 'a ', 'a,', '"', 'a="', '\\"', 'a= ,'])(
  'takes no time over as much of %j as it reads at all',
  (piece) => {
    const header = `Bearer ${piece.repeat(4096 / piece.length - 10)}`
    const began = performance.now()

    stepUpChallenge({ 'www-authenticate': header })

    expect(performance.now() - began).toBeLessThan(50)
  },
)
