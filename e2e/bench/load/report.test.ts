import { expect, test } from 'vitest'
import { parseReport } from './report.ts'

const said = `Running 3s test @ http://127.0.0.1:3000/api/notes
  1 threads and 32 connections
  Requests/sec:  16131.00

{"calls":48393,"microseconds":3000000,"bytes":60000000,"failed":2,"refused":3,"p50":1690,"p99":10400}
`

test('reads what wrk counted out of all that it says', () => {
  expect(parseReport(said)).toEqual({
    calls: 48_393,
    seconds: 3,
    bytes: 60_000_000,
    bad: 5,
    p50Milliseconds: 1.69,
    p99Milliseconds: 10.4,
  })
})

test('finds no report where wrk could not connect', () => {
  expect(parseReport('unable to connect to 127.0.0.1:3000 Connection refused\n')).toBeNull()
})
