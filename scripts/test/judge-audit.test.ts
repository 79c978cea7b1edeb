import { expect, test } from 'vitest'
import { auditExceptions } from './audit-exceptions.mjs'
import { judgeAudit } from './judge-audit.mjs'

const today = '2026-11-23'

const clean = { auditReportVersion: 2, vulnerabilities: {}, metadata: {} }

function withAdvisory(severity: string, fixAvailable: unknown = true) {
  const advisory = {
    source: 1_234_567,
    name: 'left',
    dependency: 'left',
    title: 'Left is not right',
    url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
    severity,
    range: '<2.0.0',
  }
  const vulnerabilities = {
    left: { name: 'left', severity, via: [advisory], fixAvailable },
    above: { name: 'above', severity, via: ['left'], fixAvailable },
  }
  return { auditReportVersion: 2, vulnerabilities, metadata: {} }
}

test('nothing known is well', () => {
  expect(judgeAudit(JSON.stringify(clean), [], today)).toEqual({ ok: true, output: '' })
})

test.for(['moderate', 'high', 'critical'])(
  'a %s advisory fails, once, with its cure',
  (severity) => {
    const { ok, output } = judgeAudit(JSON.stringify(withAdvisory(severity)), [], today)

    expect(ok).toBe(false)
    expect(output).toBe(
      `left (${severity}, GHSA-aaaa-bbbb-cccc): Left is not right. Run \`npm audit fix\`.`,
    )
  },
)

test.for(['info', 'low'])('a %s advisory passes', (severity) => {
  expect(judgeAudit(JSON.stringify(withAdvisory(severity)), [], today).ok).toBe(true)
})

const cures: ReadonlyArray<readonly [fix: unknown, cure: RegExp]> = [
  [
    { name: 'above', version: '3.0.0', isSemVerMajor: true },
    /`npm install above@3\.0\.0`, which is a new major/,
  ],
  [{ name: 'above', version: '2.1.0', isSemVerMajor: false }, /`npm install above@2\.1\.0`\.$/],
  [false, /no fixed version/],
]

test.for(cures)('knows the cure for a fix of %j', ([fix, cure]) => {
  expect(judgeAudit(JSON.stringify(withAdvisory('high', fix)), [], today).output).toMatch(cure)
})

const silences: readonly string[] = [
  '',
  'given up after 20 s',
  '<html>502 Bad Gateway</html>',
  'null',
  JSON.stringify({
    message:
      '405 Method Not Allowed - POST https://registry.example/-/npm/v1/security/advisories/bulk',
    statusCode: 405,
    error: { summary: '', detail: '' },
  }),
  JSON.stringify({
    error: { code: 'ENOTFOUND', summary: 'request to https://registry.example failed' },
  }),
]

test.for(silences)('a registry that says %j is noted, and no failure', (said) => {
  const verdict = judgeAudit(said, [], today)

  expect(verdict.ok).toBe(true)
  expect(verdict.note).toContain('not checked: the registry did not answer')
})

test('an exception holds until its day is over, and for its own advisory alone', () => {
  const said = JSON.stringify(withAdvisory('high'))
  const judge = (id: string, until: string) =>
    judgeAudit(said, [{ id, reason: 'it is not called', until }], today)

  expect(judge('GHSA-aaaa-bbbb-cccc', '2026-11-23').ok).toBe(true)
  expect(judge('GHSA-aaaa-bbbb-cccc', '2026-11-22').output).toContain('ended on 2026-11-22')
  expect(judge('GHSA-xxxx-xxxx-xxxx', '2027-01-01').ok).toBe(false)
})

test('every exception has a reason, and an end within half a year', () => {
  const latest = new Date(Date.now() + 183 * 86_400_000).toISOString().slice(0, 10)

  for (const { id, reason, until } of auditExceptions) {
    expect(reason.length, id).toBeGreaterThan(20)
    expect(until <= latest, id).toBe(true)
  }
})
