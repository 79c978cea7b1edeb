import type { Check, Finding } from './check.ts'
import { checks } from './checks.ts'
import { describeCause } from '../base/describe-cause.ts'
import type { Patient } from './patient.ts'
import { readSettings, settingsTitle } from './read-settings.ts'
import type { Section } from './report.ts'

export interface DoctorOptions {
  readonly env: NodeJS.ProcessEnv
  /** Where `strongroom.config.ts` is looked for. */
  readonly folder: string
  /** Beside those that need nobody. */
  readonly more?: readonly Check[]
}

export interface Diagnosis {
  readonly findings: readonly Finding[]
  readonly exitCode: 0 | 1 | 2
}

/**
 * Looks at everything that can go wrong around a server with these settings.
 *
 * @param tell  is given the findings as they come, a section each, in order
 */
export async function doctor(
  { env, folder, more = [] }: DoctorOptions,
  tell: (section: Section) => void,
): Promise<Diagnosis> {
  const patient = await readSettings(env, folder)
  if (!patient.ok) {
    tell({ title: settingsTitle, findings: patient.error })
    return { findings: patient.error, exitCode: 2 }
  }
  const all: Finding[] = [{ id: 'settings', level: 'ok', text: 'Every setting can be used.' }]
  tell({ title: settingsTitle, findings: all.slice() })
  // At once, since most of it is waiting; what asks somebody to sign in comes last, and alone.
  const running = checks.map((one) => ({ one, found: findingsOf(one, patient.value) }))
  for (const { one, found } of running) take(one, await found)
  for (const one of more) take(one, await findingsOf(one, patient.value))
  const isFaulty = all.some(({ level }) => level === 'fault')
  return { findings: all, exitCode: isFaulty ? 1 : 0 }

  function take({ title }: Check, findings: readonly Finding[]): void {
    all.push(...findings)
    if (findings.length > 0) tell({ title, findings })
  }
}

/** A check that breaks down hides none of the others. */
async function findingsOf(one: Check, patient: Patient): Promise<readonly Finding[]> {
  try {
    return await one.run(patient)
  } catch (error) {
    const text = `${one.title} could not be looked at (${describeCause(error)}).`
    return [{ id: 'doctor', level: 'fault', text, cure: 'Report it, with this line.' }]
  }
}
