import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The command line's program, for whoever starts it otherwise. */
export const strongroomProgram = fileURLToPath(new URL('../cli/strongroom.ts', import.meta.url))

/** A command of `strongroom` as it is typed, in a folder and with nothing in its environment but `env`: what it says, to its end. */
export async function runStrongroom(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const child = spawn(process.execPath, [strongroomProgram, ...args], {
    cwd,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { out, err, code: code as number | null }
}
