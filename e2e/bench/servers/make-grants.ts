import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { buildParts } from '../../../bff/src/parts.ts'
import { configFromFile } from '../../../bff/src/options/config-file.ts'
import { resolveOptions } from '../../../bff/src/options/resolve-options.ts'
import { optionsFromEnv } from '../../../bff/src/options/from-env.ts'
import type { RefreshToken } from '../../../bff/src/provider/token-set.ts'

/**
 * Puts grants into the store of the settings of this folder, as if so many users had connected one: a line of the input is
 * `<sub> <refresh token>`. Ten thousand of them would take an hour by way of the pages.
 */
const { GRANT = '' } = process.env

const { jobs, offline } = await partsOfServer()
if (!offline || !jobs) throw new Error('There are no grants.')
const now = Math.floor(Date.now() / 1000)
for await (const line of createInterface({ input: process.stdin })) {
  const [sub = '', refreshToken = ''] = line.split(' ')
  const grant: Parameters<typeof offline.vault.put>[0] = {
    v: 1,
    sub,
    grant: GRANT,
    asked: null,
    connection: sub,
    connectedAt: now,
    expiresAt: now + 86_400,
    generation: 0,
    refreshToken: refreshToken as RefreshToken,
    token: null,
    consentedScopes: ['notes'],
    scopes: ['notes'],
    reducedAt: null,
    spending: null,
    broken: null,
  }
  await patiently(() => offline.vault.put(grant))
  await patiently(() => jobs.ofGrants.connected({ sub, grant: GRANT }))
}
process.exit(0)

async function partsOfServer() {
  const file = await configFromFile(process.cwd())
  if (!file.ok) throw new Error(JSON.stringify(file.error))
  const options = optionsFromEnv(process.env, file.value)
  if (!options.ok) throw new Error(JSON.stringify(options.error))
  const settings = resolveOptions(options.value.bff)
  if (!settings.ok) throw new Error(JSON.stringify(settings.error))
  return buildParts(settings.value)
}

/** On a busy machine one answer of the store in thousands comes too late for the guard before it. */
async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work()
      return
    } catch (error) {
      if (tries === 20) throw error
      await pause(500)
    }
  }
}
