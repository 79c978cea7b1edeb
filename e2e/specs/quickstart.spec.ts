import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { routes } from '@strongroom/client'
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { freePorts, isPortTaken } from '../servers/ports.ts'
import type { IssuedToken } from '../servers/provider-control.ts'
import { answerProvider } from '../support/sign-in.ts'
import { openTerminal, type Terminal } from '../support/terminal.ts'
import { watchTokens } from '../support/token-watcher.ts'
import { stepsOf, type Step } from '../support/transcript.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The ports of the guide, which somebody else may have on the machine at hand. */
const portsOfGuide = ['3000', '3001', '4000', '5173'] as const

type Ports = Readonly<Record<(typeof portsOfGuide)[number], number>>

let folder: string
let terminal: Terminal
let ports: Ports
let steps: readonly Step[]
let recorded: string

// One guide, followed from its first line to its last.
test.describe.configure({ mode: 'serial', timeout: 90_000 })

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-quickstart-'))
  recorded = join(folder, '..', `${folder.split('-').at(-1)}-tokens.jsonl`)
  ports = await portsFound()
  const guide = readFileSync(join(repository, 'docs/quickstart.md'), 'utf8')
  steps = stepsOf(guide)
  terminal = openTerminal(folder, {
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  })
})

test.afterAll(async () => {
  await terminal.close()
  rmSync(folder, { recursive: true, force: true })
  rmSync(recorded, { force: true })
})

test('the quickstart leads to a signed-in user and no token in the browser, in under ten commands', async ({
  context,
}) => {
  const packages = await test.step('pack both packages', packed)
  const until = steps.findIndex((step) => step.kind === 'file' && step.name === 'vite.config.js')
  const commands = steps.slice(0, until).filter(({ kind }) => kind === 'command')
  expect(commands.length).toBeLessThan(10)

  await test.step('follow the guide', async () => {
    for (const step of steps.slice(0, until)) await follow(step, packages)
  })
  const { page, watcher } = await signIn(context, ports['3000'])

  await test.step('hot reload goes through', async () => {
    appendFileSync(join(folder, 'main.js'), "\napp.append('and changed since')\n")
    await expect(page.locator('#app')).toContainText('and changed since')
  })
  await watcher.lookAround()
  const kinds = new Set(issuedTokens().map(({ kind }) => kind))
  expect([...kinds].toSorted()).toEqual(['access_token', 'code', 'id_token', 'refresh_token'])
  expect(await watcher.places()).toEqual(
    expect.arrayContaining([`body of http://localhost:${ports['3000']}/api/notes`, 'web socket']),
  )
  expect(await watcher.tokenTraces()).toEqual([])
  expect(await watcher.strayCodes()).toEqual([])
  expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0)
})

test('with the plugin Vite alone does the same', async ({ context }) => {
  await terminal.close()
  const api = steps.find((step) => step.kind === 'command' && step.command.includes('api.js'))
  const from = steps.findIndex((step) => step.kind === 'file' && step.name === 'vite.config.js')
  const vite = steps.find((step) => step.kind === 'command' && step.command === 'npx vite')
  for (const step of [api, ...steps.slice(from), vite]) if (step) await follow(step, [])

  const { watcher } = await signIn(context, ports['5173'])
  await watcher.lookAround()

  expect(await watcher.tokenTraces()).toEqual([])
  expect(await watcher.strayCodes()).toEqual([])
})

async function signIn(context: BrowserContext, port: number) {
  const publicUrl = `http://localhost:${port}`
  const callbackUrl = `${publicUrl}${routes.callback}`
  const watcher = watchTokens(context, { issuedTokens, callbackUrl })
  const page: Page = await watcher.openPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (/Content.Security.Policy|WebSocket/i.test(message.text())) complaints.push(message.text())
  })
  await expect(async () => {
    await page.goto(publicUrl)
    await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible({ timeout: 2000 })
  }).toPass({ timeout: 20_000 })
  await page.getByRole('link', { name: 'Sign in' }).click()
  await watcher.lookAround()
  await expect(page).toHaveTitle(/Demo provider/)
  await answerProvider(page)
  await expect(page.locator('#app')).toContainText('Ada Lovelace: The first note of ada')
  expect(complaints).toEqual([])
  return { page, watcher }
}

/** Writes the file or types the command, with the packed packages in the place of the names that a registry will know. */
async function follow(step: Step, packages: readonly string[]): Promise<void> {
  if (step.kind === 'file') return writeFileSync(join(folder, step.name), withPorts(step.text))
  const { prints } = step
  const command = withPorts(step.command)
  if (!/\b(vite|dev|api\.js)$|\bdev /.test(command)) {
    const typed = command.replace('strongroom @strongroom/client', packages.join(' '))
    return expectPrinted(await terminal.run(typed), prints)
  }
  const { output } = terminal.start(withOwnPorts(command))
  await expect(async () => expectPrinted(output(), prints)).toPass({ timeout: 20_000 })
  // Whoever goes to the next terminal takes longer than this one does to start.
  const port = command.endsWith('vite') ? '5173' : command.endsWith('api.js') ? '4000' : null
  if (port) await expect.poll(() => isPortTaken(ports[port]), { timeout: 20_000 }).toBe(true)
}

/** Where the guide relies on a default that this machine may not have free. */
function withOwnPorts(command: string): string {
  if (command.endsWith('vite'))
    return `${recording()} ${command} --port ${ports['5173']} --strictPort`
  return command.includes('strongroom dev')
    ? `${recording()} ${command} --spa http://localhost:${ports['5173']} --port ${ports['3000']} --provider-port ${ports['3001']}`
    : command
}

function recording(): string {
  const preload = fileURLToPath(new URL('../support/record-tokens.ts', import.meta.url))
  return `RECORD_TOKENS_IN=${recorded} NODE_OPTIONS="--import=${preload}"`
}

function issuedTokens(): readonly IssuedToken[] {
  if (!existsSync(recorded)) return []
  const lines = readFileSync(recorded, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as IssuedToken)
}

/** Line for line, whatever the spaces between columns. */
function expectPrinted(output: string, prints: readonly string[]): void {
  const printed = withGuidesPorts(output).split('\n').map(plain)
  for (const line of prints) expect(printed).toContain(plain(line))
}

function plain(line: string): string {
  return line.trim().replaceAll(/\s+/g, ' ')
}

async function packed(): Promise<readonly string[]> {
  const target = join(folder, '.packages')
  execFileSync(process.execPath, ['scripts/pack.mjs', target], { cwd: repository, stdio: 'pipe' })
  return readdirSync(target).map((name) => join(target, name))
}

async function portsFound(): Promise<Ports> {
  const found = await freePorts(portsOfGuide.length)
  return Object.fromEntries(portsOfGuide.map((name, at) => [name, found[at]])) as Ports
}

function withPorts(text: string): string {
  return text.replaceAll(/\b(3000|3001|4000|5173)\b/g, (port) => String(ports[port as keyof Ports]))
}

function withGuidesPorts(text: string): string {
  return text.replaceAll(
    /\b\d{4,5}\b/g,
    (number) => portsOfGuide.find((port) => String(ports[port]) === number) ?? number,
  )
}
