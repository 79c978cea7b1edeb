import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { bundle } from '../support/bundle.ts'
import { expect, test } from '../support/fixtures.ts'
import { signOutAtProvider } from '../support/provider-sign-out.ts'
import { startSignedIn } from '../support/sign-in.ts'

/** Tells what becomes of the session, and what a call of the API brings. */
const watch = (tell: string) => `
  import { createBffClient, createSession } from '@strongroom/client'
  const bff = createBffClient()
  const session = createSession(bff)
  session.subscribe(() => {
    const { status, reason } = session.getSnapshot()
    ${tell}(reason ? status + ', ' + reason : status)
  })
  bff.call('/api/notes', {}, (json) => json).then((answer) => ${tell}(answer.ok ? 'called' : 'failed'))
`

test('in a worker the client calls, and hears at once that the session has ended', async ({
  context,
  page,
  world,
}) => {
  const body = await bundle(watch('postMessage'))
  await context.route('**/worker.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body }),
  )
  await startSignedIn(page)

  await page.evaluate(startWorker)
  await expect.poll(() => heardBy(page)).toEqual(expect.arrayContaining(['signed-in', 'called']))
  await signOutAtProvider(context, world)

  await expect.poll(() => heardBy(page)).toContain('ended, signed-out-at-provider')
})

test('in an extension’s script the client does the same, beside a page that knows nothing of it', async ({
  world,
}) => {
  const { launchOptions } = test.info().project.use
  // Branded builds ignore it for their users' sake.
  test.skip(/google-chrome/.test(launchOptions?.executablePath ?? ''), 'needs --load-extension')
  test.slow()
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-extension-'))
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
  await writeFile(join(folder, 'content.js'), await bundle(watch('heardByExtension') + tellPage))
  const context = await chromium.launchPersistentContext('', {
    ...launchOptions,
    channel: 'chromium',
    ignoreDefaultArgs: ['--disable-extensions'],
    args: [
      ...(launchOptions?.args ?? []),
      `--load-extension=${folder}`,
      `--disable-extensions-except=${folder}`,
    ],
    baseURL: world.publicUrl,
  })
  const page = await context.newPage()
  const heard = () => page.evaluate(() => document.documentElement.dataset['heard'] ?? '')

  await startSignedIn(page)
  await expect.poll(heard).toMatch(/signed-in/)
  await expect.poll(heard).toMatch(/called/)
  await signOutAtProvider(context, world)

  await expect.poll(heard).toMatch(/ended, signed-out-at-provider/)
  await context.close()
  await rm(folder, { recursive: true })
})

const manifest = {
  manifest_version: 3,
  name: 'Watches over the session',
  version: '1',
  content_scripts: [{ matches: ['http://localhost/*'], js: ['content.js'] }],
}

/** An extension’s script has variables of its own; the document is what it shares with the page. */
const tellPage = `
  function heardByExtension(word) {
    const { dataset } = document.documentElement
    dataset.heard = (dataset.heard ?? '') + ' ' + word
  }
`

function startWorker(): void {
  const heard: string[] = []
  // The policy of the page takes no plain string for a script's address.
  const policy = Reflect.get(window, 'trustedTypes') as {
    createPolicy(
      name: string,
      rules: { createScriptURL(url: string): string },
    ): { createScriptURL(url: string): string }
  }
  const { createScriptURL } = { createScriptURL: (url: string) => url }
  const worker = new Worker(
    policy.createPolicy('test', { createScriptURL }).createScriptURL('/worker.js'),
  )
  worker.addEventListener('message', ({ data }) => heard.push(String(data)))
  Object.assign(window, { worker, heard })
}

function heardBy(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => Reflect.get(window, 'heard') as string[])
}
