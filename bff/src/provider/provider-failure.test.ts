import { expect, test } from 'vitest'
import { signedInTestBff } from '../testing/test-bff.ts'

/** RFC 6749 §5.2, RFC 9449 §5: of us, of our clock, or of the provider's own state. */
const aboutOthers = [
  'invalid_client',
  'unauthorized_client',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'temporarily_unavailable',
  'server_error',
  'slow_down',
]

test.for(aboutOthers)(
  '%s in answer to a refresh says nothing of the token, and the session lives on',
  async (error) => {
    const world = await signedInTestBff()
    const { browser, clock, provider } = world
    provider.tokenAnswer = () => Response.json({ error }, { status: 400 })

    clock.advance(provider.accessTokenSeconds + 1)
    const refused = await browser.fetch('/api/notes')
    provider.tokenAnswer = null
    clock.advance(60)
    const later = await browser.fetch('/api/notes')

    expect([refused.status, later.status]).toEqual([503, 200])
    expect(world.eventsNamed('session-ended')).toEqual([])
  },
)
