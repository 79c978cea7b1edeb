import { writeDigest } from './nightly-digest.ts'

/** A test leaves it out, as an app may after its users have connected it. */
const hasDigest = process.env['DEMO_WITHOUT_DIGEST'] !== 'yes'

const nightlyDigest = {
  title: 'Nightly digest',
  sentence: 'Reads your notes while you are away and keeps a digest of them among your notes.',
  scopes: ['notes'],
  longestSeconds: 90 * 86_400,
}

const nightlyJob = {
  name: 'nightly-digest',
  grant: 'nightly-digest',
  api: '/api',
  // A night of this demo takes a minute.
  schedule: process.env['DEMO_NIGHTS'] ?? '* * * * *',
  spreadSeconds: 1,
  run: writeDigest,
}

/** The demo's table, beside the `/api` of its environment, and what it does while people are away. */
export default {
  upstreams: [
    {
      prefix: '/api/live',
      target: `${process.env['API_UPSTREAM']}/live`,
      // An EventSource can't set headers.
      simpleGet: true,
    },
  ],
  grants: hasDigest ? { 'nightly-digest': nightlyDigest } : {},
  jobs: hasDigest ? [nightlyJob] : [],
}
