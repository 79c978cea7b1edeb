import { prepareChromium } from './chromium.mjs'
import { Fault } from './fault.mjs'
import { preparePackages } from './packages.mjs'
import { prepareRedis } from './redis.mjs'
import { prepareWeb } from './web-build.mjs'

/** What has to be there, in order. */
const needs = new Map([
  ['start', [preparePackages, prepareWeb]],
  ['test', [preparePackages, prepareWeb, prepareChromium, prepareRedis]],
])

/**
 * @param {string | undefined} purpose `start` or `test`
 * @returns {Promise<number>} the exit code
 */
export async function makeReady(purpose) {
  const steps = needs.get(purpose ?? '')
  if (!steps) {
    console.error(`Usage: node scripts/setup.mjs <${[...needs.keys()].join('|')}>`)
    return 2
  }
  try {
    for (const prepare of steps) await prepare()
    return 0
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    console.error(fault.report())
    return 1
  }
}
