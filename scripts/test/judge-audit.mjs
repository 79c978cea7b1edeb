/**
 * An advisory that is known and borne for a while.
 *
 * @typedef {object} Exception
 * @property {string} id such as `GHSA-xxxx-xxxx-xxxx`
 * @property {string} reason why it does no harm here
 * @property {string} until `2027-01-31`: from the day after it counts again
 *
 * @typedef {object} Verdict
 * @property {boolean} ok
 * @property {string} output what is to be mended, a line each
 * @property {string} [note] what else a reader should know
 *
 * @typedef {{ source: number, name: string, title: string, url: string, severity: string }} Advisory
 * @typedef {boolean | { name: string, version: string, isSemVerMajor: boolean }} Fix
 * @typedef {{ name: string, via: Array<string | Advisory>, fixAvailable: Fix }} Vulnerable
 */

const grave = ['moderate', 'high', 'critical']

/**
 * What `npm audit --json` means for us. A registry that does not answer is no failure: the same code was clean
 * yesterday, and a test that needs the network to pass is one that is soon left out.
 *
 * @param {string} said
 * @param {readonly Exception[]} exceptions
 * @param {string} today `2026-11-23`
 * @returns {Verdict}
 */
export function judgeAudit(said, exceptions, today) {
  const report = parsed(said)
  if (!report?.vulnerabilities) return { ok: true, output: '', note: `not checked: ${why(report)}` }
  const found = advisoriesOf(Object.values(report.vulnerabilities))
  const borne = new Map(exceptions.map((exception) => [exception.id, exception]))
  const faults = found.flatMap((one) => fault(one, borne.get(one.id), today))
  return { ok: faults.length === 0, output: faults.join('\n') }
}

/**
 * @param {string} said
 * @returns {any}
 */
function parsed(said) {
  try {
    return JSON.parse(said)
  } catch {
    return undefined
  }
}

/** @param {any} report */
function why(report) {
  const reason = report?.error?.summary || report?.message || 'it said nothing that can be read'
  return `the registry did not answer (${String(reason).split('\n')[0]?.slice(0, 120)})`
}

/**
 * Each advisory once, however many packages depend on the one that has it.
 *
 * @param {Vulnerable[]} vulnerable
 */
function advisoriesOf(vulnerable) {
  const found = vulnerable.flatMap(({ via, fixAvailable }) =>
    via.flatMap((one) =>
      typeof one === 'string' ? [] : [{ ...one, id: idOf(one), fixAvailable }],
    ),
  )
  return [...new Map(found.map((one) => [one.id, one])).values()].filter(({ severity }) =>
    grave.includes(severity),
  )
}

/** @param {Advisory} advisory */
function idOf({ url, source }) {
  return /GHSA(?:-\w{4}){3}/.exec(url)?.[0] ?? String(source)
}

/**
 * @param {Advisory & { id: string, fixAvailable: Fix }} advisory
 * @param {Exception | undefined} exception
 * @param {string} today
 */
function fault({ id, name, severity, title, fixAvailable }, exception, today) {
  if (exception && today <= exception.until) return []
  const over = exception ? ` Its exception ended on ${exception.until}.` : ''
  return [`${name} (${severity}, ${id}): ${title}.${over} ${cure(fixAvailable)}`]
}

/** @param {Fix} fix */
function cure(fix) {
  if (fix === true) return 'Run `npm audit fix`.'
  if (fix === false)
    return 'There is no fixed version: do without it, or bear it for a while in scripts/test/audit-exceptions.mjs.'
  const warning = fix.isSemVerMajor ? ', which is a new major version' : ''
  return `Run \`npm install ${fix.name}@${fix.version}\`${warning}.`
}
