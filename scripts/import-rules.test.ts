import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

/** File, what it imports, and whether the rules of `.oxlintrc.json` let it. */
const cases: ReadonlyArray<readonly [file: string, statement: string, allowed: boolean]> = [
  ...imports('shared/src/client.ts', ['zod', 'zod/mini', './result.ts'], true),
  ...imports('shared/src/client.ts', ['node:fs', 'react', 'hono', '../../bff/src/index.ts'], false),
  ...imports('shared/src/client.test.ts', ['vitest', './client.ts'], true),
  ...imports('shared/src/client.test.ts', ['strongroom', 'node:fs'], false),

  ...imports('bff/src/base/clock.ts', ['./key-ring.ts', '@strongroom/client', 'node:crypto'], true),
  ...imports('bff/src/base/clock.ts', ['../observability/events.ts', '../session/seal.ts'], false),
  ...imports('bff/src/observability/events.ts', ['../base/clock.ts', 'pino'], true),
  ...imports('bff/src/observability/events.ts', ['../session/session.ts'], false),
  ...imports('bff/src/provider/a.ts', ['openid-client', '../base/clock.ts', './b.ts'], true),
  ...imports('bff/src/provider/a.ts', ['../session/session.ts', '../tokens/refresher.ts'], false),
  ...imports('bff/src/keyvalue/redis-connection.ts', ['@redis/client', '../base/clock.ts'], true),
  ...imports('bff/src/keyvalue/redis-connection.ts', ['openid-client'], false),
  ...imports('bff/src/keyvalue/redis-store.ts', ['@redis/client', '../session/session.ts'], false),
  ...imports('bff/src/session/a.ts', ['../provider/token-set.ts', '../keyvalue/keyvalue.ts'], true),
  ...imports('bff/src/session/a.ts', ['../provider/provider.ts', '../tokens/a.ts'], false),
  ...imports('bff/src/session/a.ts', ['../login/transaction.ts', 'openid-client', 'redis'], false),
  ...imports('bff/src/tokens/a.ts', ['../session/session.ts', '../provider/provider.ts'], true),
  ...imports('bff/src/tokens/a.ts', ['../proxy/forward.ts', '../login/a.ts'], false),
  ...imports('bff/src/tokens/a.ts', ['../offline/a.ts', '../edge/health.ts'], false),
  ...imports('bff/src/edge/a.ts', ['../session/session.ts', '../provider/provider.ts'], true),
  ...imports('bff/src/edge/a.ts', ['../tokens/refresher.ts', '../proxy/forward.ts'], false),
  ...doors(),
  ...imports(
    'bff/src/options/options.ts',
    ['../keyvalue/keyvalue.ts', '../proxy/upstream.ts'],
    true,
  ),
  ...imports('bff/src/options/options.ts', ['../proxy/forward.ts', '../parts.ts'], false),
  ['bff/src/options/options.ts', "import type { A } from '../proxy/forward.ts'", true],
  ['bff/src/options/options.ts', "import type { B } from '../create-bff.ts'", false],
  ...imports('bff/src/parts.ts', ['./options/options.ts', './tokens/refresher.ts'], true),
  ...imports('bff/src/parts.ts', ['./create-bff.ts', './main.ts', './testing/browser.ts'], false),
  ...imports('bff/src/create-bff.ts', ['./parts.ts', './edge/page.ts', './login/a.ts'], true),
  ...imports(
    'bff/src/create-bff.ts',
    ['./main.ts', './server.ts', './cli/main.ts', './testing/a.ts'],
    false,
  ),
  ...imports('bff/src/main.ts', ['./create-bff.ts', './parts.ts', './options/from-env.ts'], true),
  ...imports('bff/src/main.ts', ['./login/a.ts', './tokens/a.ts', './testing/a.ts'], false),
  ...imports('bff/src/main.ts', ['./server.ts'], true),
  ...imports('bff/src/server.ts', ['./edge/a.ts', './base/clock.ts'], true),
  ...imports('bff/src/server.ts', ['./create-bff.ts', './login/a.ts', './testing/a.ts'], false),
  ...imports('bff/src/index.ts', ['./create-bff.ts', './options/options.ts'], true),
  ...imports('bff/src/index.ts', ['./main.ts', './session/seal.ts', './testing/a.ts'], false),
  ['bff/src/index.ts', "export type { A } from './keyvalue/keyvalue.ts'", true],
  ...imports('bff/src/jobs/a.ts', ['../offline/a.ts', '../tokens/a.ts', '../base/clock.ts'], true),
  ...imports('bff/src/jobs/a.ts', ['../proxy/forward.ts', '../login/a.ts'], false),
  ...imports('bff/src/offline/a.ts', ['../jobs/a.ts'], false),
  ...imports('bff/src/cli/main.ts', ['../parts.ts', '../main.ts', './a.ts'], true),
  ...imports('bff/src/cli/main.ts', ['../doctor/doctor.ts'], true),
  ...imports('bff/src/doctor/a.ts', ['../provider/provider.ts', '../options/options.ts'], true),
  ...imports('bff/src/doctor/a.ts', ['../cli/a.ts', '../login/a.ts', '../parts.ts'], false),
  ...imports('bff/src/cli/main.ts', ['../offline/grant-vault.ts', '../session/seal.ts'], false),
  ...imports('bff/src/cli/main.ts', ['../dev/a.ts'], true),
  ...imports(
    'bff/src/cli/init/a.ts',
    ['../../dev/a.ts', '../../options/rules.ts', '../table.ts'],
    true,
  ),
  ...imports('bff/src/cli/init/a.ts', ['../../create-bff.ts', '../../session/seal.ts'], false),
  ...imports(
    'bff/src/dev/a.ts',
    ['../create-bff.ts', '../server.ts', '../proxy/a.ts', 'vite'],
    true,
  ),
  ...imports('bff/src/dev/a.ts', ['../cli/a.ts', '../main.ts', '../tokens/a.ts'], false),
  ...imports('bff/src/dev/a.ts', ['../logout/logout.ts', '../testing/a.ts'], false),
  ...imports('bff/src/create-bff.ts', ['./dev/a.ts'], false),
  ...imports('bff/src/index.ts', ['./dev/a.ts'], false),
  ...imports('bff/src/testing/a.ts', ['../create-bff.ts', '../session/seal.ts', './b.ts'], true),
  ...imports('bff/src/testing/a.ts', ['../main.ts', 'openid-client'], false),
  ...imports('bff/src/tokens/a.test.ts', ['../testing/a.ts', '../proxy/a.ts', 'vitest'], true),
  ...imports('bff/src/tokens/a.test.ts', ['../../../web/src/a.ts', '@strongroom/e2e'], false),
  ...imports('bff/src/keyvalue/keyvalue.contract.ts', ['../testing/a.ts', 'vitest'], true),
  ...imports('bff/src/tokens/a.ts', ['../testing/a.ts', './a.test.ts', 'vitest'], false),
  ...imports('bff/src/fuzz/a.ts', ['../testing/a.ts', '../proxy/a.ts', 'fast-check'], true),
  ...imports('bff/src/fuzz/a.ts', ['../../../web/src/a.ts', '@strongroom/e2e'], false),
  ...imports('bff/src/base/b.ts', ['../fuzz/a.ts', '../testing/a.ts'], false),
  ...imports('bff/src/create-bff.ts', ['./fuzz/a.ts'], false),
  ...imports('bff/src/testing/a.ts', ['../fuzz/a.ts', '../guards-off/a.ts'], false),
  ...imports('bff/src/guards-off/a.ts', ['../testing/a.ts', '../proxy/a.ts', 'vitest'], true),
  ...imports('bff/src/edge/a.ts', ['../guards-off/a.ts'], false),
  ...imports(
    'bff/src/tokens/a.ts',
    ['./../proxy/a.ts', '../session/../proxy/a.ts', '../session/a.test.ts'],
    false,
  ),
  ...imports('bff/src/tokens/a.ts', ['../../../web/src/a.ts', '../../src/proxy/a.ts'], false),
  ['bff/src/session/a.ts', "export const a = import('../tokens/a.ts')", false],
  ['bff/src/session/a.ts', "import type { A } from '../tokens/a.ts'", false],

  ...imports('web/src/main.tsx', ['./app/app.tsx', './app.css', 'react-dom/client'], true),
  ...imports('web/src/main.tsx', ['./pages/home-page.tsx'], false),
  ...imports('web/src/app/a.tsx', ['../pages/a.tsx', '../ui/a.tsx', './b.css'], true),
  ...imports('web/src/app/a.tsx', ['../../../bff/src/index.ts', 'strongroom'], false),
  ...imports('web/src/pages/a.tsx', ['../session/a.ts', '../api/a.ts', '../ui/a.tsx'], true),
  ...imports('web/src/pages/a.tsx', ['../app/a.tsx'], false),
  ...imports('web/src/pages/a/b.tsx', ['../../session/a.ts', '../home.tsx'], true),
  ...imports('web/src/pages/a/b.tsx', ['../../app/a.tsx', '../../main.tsx'], false),
  ...imports('web/src/session/a.ts', ['../api/a.ts', '@tanstack/react-query'], true),
  ...imports('web/src/session/a.ts', ['../pages/a.tsx', '../app/a.tsx'], false),
  ...imports('web/src/api/a.ts', ['@strongroom/client'], true),
  ...imports(
    'web/src/api/a.ts',
    ['../session/a.ts', '../ui/a.tsx', '../../../shared/src/a.ts'],
    false,
  ),
  ...imports('web/src/ui/a.tsx', ['react', './b.tsx', './a.module.css'], true),
  ...imports('web/src/ui/a.tsx', ['../api/a.ts', '@strongroom/client', 'wouter'], false),

  ...imports('e2e/servers/a.ts', ['oidc-provider', '@strongroom/client', './b.ts'], true),
  ...imports('e2e/servers/a.ts', ['../../bff/src/main.ts', 'strongroom', 'vitest'], false),
  ...imports('e2e/servers/a.test.ts', ['vitest', './a.ts'], true),
  ...imports('e2e/specs/a.spec.ts', ['../../web/src/a.ts', '@strongroom/web'], false),
]

test('an import that breaks the order of the rooms is refused, and no other', () => {
  const lines = Object.groupBy(cases, ([file]) => file)

  const refused = lint(lines)

  for (const [file, statements = []] of Object.entries(lines)) {
    const judged = statements.map(([, statement], line) => [
      file,
      statement,
      !refused.has(`${file}:${line + 1}`),
    ])
    expect(judged).toEqual(statements)
  }
})

/** One statement a line. Gives the places that the real configuration refuses, as `file:line`. */
function lint(files: Partial<Record<string, typeof cases>>): Set<string> {
  const folder = mkdtempSync(join(tmpdir(), 'import-rules-'))
  try {
    for (const [file, statements = []] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(
        join(folder, file),
        statements.map(([, statement]) => `${statement}\n`).join(''),
      )
    }
    writeFileSync(
      join(folder, '.oxlintrc.json'),
      withoutTypes(readFileSync('.oxlintrc.json', 'utf8')),
    )
    return refusals(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The type-aware half would look for a project around the files, and slows the test down. */
function withoutTypes(configuration: string): string {
  return configuration.replace('"typeAware": true', '"typeAware": false')
}

function refusals(folder: string): Set<string> {
  const oxlint = resolve('node_modules/oxlint/bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format=unix'], {
    cwd: folder,
    encoding: 'utf8',
  })
  const places = stdout.matchAll(/^(.+):(\d+):\d+: .*\(no-restricted-imports\)\]$/gm)
  return new Set(Array.from(places, ([, file, line]) => `${file}:${line}`))
}

function imports(file: string, names: readonly string[], allowed: boolean): typeof cases {
  return names.map((name) => [file, `export * from '${name}'`, allowed])
}

/** The doors beside the walk never import one another. */
function doors(): typeof cases {
  const names = ['login', 'logout', 'proxy', 'offline']
  return names.flatMap((from) => [
    ...imports(`bff/src/${from}/a.ts`, ['../tokens/a.ts', '../session/a.ts', './b.ts'], true),
    ...imports(`bff/src/${from}/a.ts`, ['../parts.ts', '../edge/a.ts'], false),
    ...names
      .filter((to) => to !== from)
      .flatMap((to) => imports(`bff/src/${from}/a.ts`, [`../${to}/a.ts`], false)),
  ])
}
