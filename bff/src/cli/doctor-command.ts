import type { Check } from '../doctor/check.ts'
import { checkFront } from '../doctor/check-front.ts'
import { checkSignIn } from '../doctor/check-sign-in.ts'
import { doctor } from '../doctor/doctor.ts'
import { sectionReport, summary, type ReportOptions } from '../doctor/report.ts'
import { commandLine } from './command-line.ts'
import { wrong } from './wrong.ts'

/** `strongroom doctor …` @returns the exit code */
export async function doctorCommand(args: readonly string[]): Promise<number> {
  const line = commandLine({
    args: [...args],
    options: {
      json: { type: 'boolean' },
      url: { type: 'string' },
      'sign-in': { type: 'boolean' },
    },
  })
  if (typeof line === 'string') return wrong(line, 'doctor')
  const { json = false, url, 'sign-in': signIn = false } = line.values
  const front = url === undefined ? null : URL.parse(url)
  if (url !== undefined && (front === null || !/^https?:$/.test(front.protocol)))
    return wrong(
      '--url needs the URL that browsers open, such as https://app.example.com.',
      'doctor',
    )
  const say = json ? process.stderr : process.stdout
  const more: Check[] = [
    ...(front ? [checkFront(front)] : []),
    ...(signIn ? [checkSignIn((text) => void say.write(text))] : []),
  ]
  const options = reportOptions()
  const { findings, exitCode } = await doctor(
    { env: process.env, folder: process.cwd(), more },
    (section) => {
      process.stdout.write(
        json
          ? section.findings.map((found) => `${JSON.stringify(found)}\n`).join('')
          : sectionReport(section, options),
      )
    },
  )
  if (!json) process.stdout.write(summary(findings, options))
  return exitCode
}

/** As wide as the terminal, up to where lines are no longer read with ease. */
function reportOptions(): ReportOptions {
  const { isTTY } = process.stdout
  // Where it is no terminal there is no width.
  const columns = isTTY ? process.stdout.columns : 80
  return { columns: Math.min(Math.max(columns, 60), 120), color: isTTY && !process.env['NO_COLOR'] }
}
