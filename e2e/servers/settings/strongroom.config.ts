import { writeDigest } from './nightly-digest.ts'

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
  grants: {
    'nightly-digest': {
      title: 'Nightly digest',
      sentence: 'Reads your notes while you are away and keeps a digest of them among your notes.',
      scopes: ['notes'],
      longestSeconds: 90 * 86_400,
    },
  },
  jobs: [
    {
      name: 'nightly-digest',
      grant: 'nightly-digest',
      api: '/api',
      // A night of this demo takes a minute.
      schedule: process.env['DEMO_NIGHTS'] ?? '* * * * *',
      spreadSeconds: 1,
      run: writeDigest,
    },
  ],
}
