import { defineConfig } from 'vitest/config'
import { guardsOff } from './bff/src/guards-off/cut-plugin.ts'

export default defineConfig({
  plugins: [guardsOff()],
  test: {
    include: [
      'shared/src/**/*.test.{ts,tsx}',
      'bff/src/**/*.test.ts',
      'bff/build/**/*.test.ts',
      'web/src/**/*.test.{ts,tsx}',
      'web/build/**/*.test.ts',
      'e2e/servers/**/*.test.ts',
      'e2e/race/**/*.test.ts',
      'e2e/kill/**/*.test.ts',
      'e2e/protocols/**/*.test.ts',
      'e2e/bench/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    environment: 'node',
    globalSetup: 'bff/src/testing/events-heard.ts',
    pool: 'threads',
    // Much of it waits for servers of its own.
    maxWorkers: 4,
    testTimeout: 10_000,
    hookTimeout: 20_000,
    allowOnly: process.env['CI'] === undefined,
    unstubGlobals: true,
    restoreMocks: true,
  },
})
