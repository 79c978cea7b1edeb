import { withMachinesNode } from '../setup/place.mjs'
import { run } from '../setup/run.mjs'
import { auditExceptions } from './audit-exceptions.mjs'
import { judgeAudit } from './judge-audit.mjs'

/** Not silent by itself, npm mixes its warnings into what it reports. */
const question = ['audit', '--json', '--loglevel=silent', '--fetch-retries=0']

/** Whether anything that we ship or use has a known hole, as far as the registry answers. */
export async function advisories() {
  const { output } = await run('npm', question, { env: withMachinesNode(), seconds: 20 })
  return judgeAudit(output, auditExceptions, new Date().toISOString().slice(0, 10))
}
