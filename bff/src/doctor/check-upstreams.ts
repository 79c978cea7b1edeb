import { check, finding, type Finding } from './check.ts'
import { networkTrouble } from './network-trouble.ts'
import type { Patient } from './patient.ts'

type Found = Finding<'upstream.reachable'>

export const checkUpstreams = check<'upstream.reachable'>({
  title: 'APIs',
  tells: {
    'upstream.reachable':
      'Whether each API answers (a `HEAD` without a token; a 401 is an answer, too), and is not Strongroom itself.',
  },
  async run(patient) {
    return Promise.all(patient.settings.upstreams.map((upstream) => look(patient, upstream)))
  },
})

async function look(
  patient: Patient,
  { prefix, target }: Patient['settings']['upstreams'][number],
): Promise<Found> {
  const place = `${target.origin}${target.pathname}`
  const tell = (level: Found['level'], text: string, cure?: string) =>
    finding('upstream.reachable', level, `${prefix}: ${text}`, cure)
  if (target.origin === patient.settings.publicUrl.origin)
    return tell(
      'fault',
      `${place} is Strongroom’s own PUBLIC_URL: calls would go round.`,
      'Name the address of the API itself.',
    )
  try {
    const { status, headers } = await patient.ask(target, { method: 'HEAD' })
    const location = URL.parse(headers.get('location') ?? '', target.href)
    if (location?.protocol === 'https:' && target.protocol === 'http:')
      return tell(
        'fault',
        `${place} redirects every call to https:.`,
        `Name ${location.origin} as target.`,
      )
    return status >= 502 && status <= 504
      ? tell(
          'warning',
          `${place} answers ${status}: what stands before the API does not reach it.`,
          'Start the API, or correct the address there.',
        )
      : tell('ok', `${place} answers (${status}).`)
  } catch (error) {
    const { isTls, text, cure } = networkTrouble(error, target)
    return tell(
      'fault',
      `${place} can’t be reached: ${text}.`,
      isTls ? 'The cure is told above, under TLS.' : cure,
    )
  }
}
