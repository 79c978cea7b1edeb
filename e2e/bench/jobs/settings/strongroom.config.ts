const { BENCH_CONCURRENCY = '10', BENCH_SCHEDULE = '* * * * *', BENCH_RATE = '0' } = process.env

/** Calls the API once for each user, all of them due at the same moment. */
export default {
  grants: {
    digest: { title: 'Digest', sentence: 'Writes a digest.', scopes: ['notes'] },
  },
  jobs: [
    {
      name: 'digest',
      grant: 'digest',
      schedule: BENCH_SCHEDULE,
      spreadSeconds: 0,
      concurrency: Number(BENCH_CONCURRENCY),
      async run({ call }: { call(path: string): Promise<Response> }) {
        const answer = await call('/notes')
        await answer.text()
        if (answer.status !== 200) throw new Error(`the API answered ${answer.status}`)
      },
    },
  ],
  jobRunner: { tokenRequestsPerSecond: Number(BENCH_RATE) },
}
