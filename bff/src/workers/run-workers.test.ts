import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { freshFolder } from '../testing/own-process.ts'

const primary = `
import { runWorkers } from '${new URL('run-workers.ts', import.meta.url).href}'
const telemetry = { record: () => {} }
const onListening = () => process.kill(process.pid, 'SIGTERM')
runWorkers({ count: 1, program: process.argv[2], stopSeconds: 30, telemetry, onListening })
`

/** Leaves a process behind that holds the connection to the primary, which so hears of the end before the channel's. */
const worker = `
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
const channel = 3
const left = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: ['ignore', 'ignore', 'ignore', channel] })
console.log(left.pid)
process.on('SIGTERM', () => process.exit(0))
createServer().listen(0, '127.0.0.1')
`

test(
  'the primary ends with its last worker, whichever end it hears of first',
  { timeout: 40_000 },
  async () => {
    const folder = freshFolder()
    const [crew, program] = [join(folder, 'crew.mjs'), join(folder, 'worker.mjs')]
    writeFileSync(crew, primary)
    writeFileSync(program, worker)

    const startedAt = performance.now()
    const child = spawn(process.execPath, [crew, program], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const told = text(child.stdout)
    const [code] = await once(child, 'exit')

    expect(code).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    process.kill(Number(await told))
  },
)
