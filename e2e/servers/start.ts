import { styleText } from 'node:util'
import { BffStartError, exitText } from './bff-process.ts'
import { startDemoWorld, type DemoWorld } from './demo-world.ts'
import { freePort, isPortTaken } from './ports.ts'

let world: DemoWorld | undefined
let isEnding = false

await main()

/** `npm start`: the demo, until Ctrl-C. */
async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void end(0))
  const port = await appPort()
  try {
    world = await startDemoWorld({ ports: await demoPorts(port) })
  } catch (error) {
    return end(1, faultText(error))
  }
  const { bff } = world
  if (process.env['LOG_LEVEL']) process.stderr.write(bff.output())
  bff.onOutput((text) => process.stderr.write(text))
  process.stdout.write(summary(world))

  const exit = await bff.ended
  await end(1, `Strongroom ended by itself (${exitText(exit)}), so the demo ends too.`)
}

async function end(code: number, message?: string): Promise<void> {
  if (isEnding) return
  isEnding = true
  if (message) process.stderr.write(`${message}\n`)
  await world?.stop()
  process.exit(code)
}

async function appPort(): Promise<number> {
  const text = process.env['PORT'] || '3000'
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    await end(
      1,
      `PORT is ${JSON.stringify(text)}, but must be a number from 1 to 65535, such as 3000.`,
    )
  }
  if (await isPortTaken(port)) {
    const other = await freePort(port + 100)
    await end(
      1,
      `Port ${port} is taken by another program: choose another with PORT=${other} npm start`,
    )
  }
  return port
}

async function demoPorts(app: number) {
  const provider = await freePort(3001, [app])
  return { app, provider, api: await freePort(3002, [app, provider]) }
}

function faultText(error: unknown): string {
  if (error instanceof BffStartError) return `${error.output}${error.message}`
  return `The demo can’t start: ${error instanceof Error ? error.message : String(error)}`
}

function summary({ api, provider, publicUrl }: DemoWorld): string {
  const name = (text: string) => styleText('dim', `  ${text.padEnd(10)}`)
  const note = (text: string) => styleText('dim', text)
  return [
    '',
    styleText('bold', 'Strongroom demo'),
    `${name('Provider')}${provider.issuer.padEnd(24)}${note('sign in as Ada, Grace or Alan')}`,
    `${name('API')}${api.url}`,
    `${name('Open')}${styleText(['bold', 'cyan'], publicUrl.padEnd(24))}${note('Ctrl-C ends everything')}`,
    '\n',
  ].join('\n')
}
