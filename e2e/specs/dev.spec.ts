import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loginPath } from '@strongroom/client'
import { expect, test } from '@playwright/test'
import { freePorts } from '../servers/ports.ts'
import { startSampleApi } from '../servers/sample-api.ts'
import { answerProvider } from '../support/sign-in.ts'
import { openTerminal } from '../support/terminal.ts'

const strongroom = fileURLToPath(new URL('../../bff/src/cli/strongroom.ts', import.meta.url))
const viteFolder = dirname(createRequire(import.meta.url).resolve('vite/package.json'))

const files = {
  'vite.config.js': `import react from '@vitejs/plugin-react'
    // Found only when they are asked for, they would make the page load anew, and what it was at be gone.
    const include = ['react', 'react-dom/client', 'react/jsx-dev-runtime']
    export default {
      plugins: [react()],
      cacheDir: '.vite',
      optimizeDeps: { include },
      root: import.meta.dirname,
    }`,
  'index.html': `<!doctype html><title>App</title><div id="root"></div>
    <script type="module" src="/main.jsx"></script>`,
  'style.css': 'h1 { color: rgb(1, 2, 3) }',
  'main.jsx': `import { createRoot } from 'react-dom/client'
    import { App } from './app.jsx'
    import './style.css'
    createRoot(document.querySelector('#root')).render(<App />)`,
  'app.jsx': `import { useEffect, useState } from 'react'
    export function App() {
      const [clicks, setClicks] = useState(0)
      const [who, setWho] = useState('')
      useEffect(() => {
        fetch('/api/whoami', { headers: { 'X-CSRF': '1' } }).then(async (answer) => {
          setWho(answer.ok ? 'known to the API' : 'unknown')
        })
      }, [])
      return <>
        <h1>First version</h1>
        <p>{who}</p>
        <button onClick={() => setClicks(clicks + 1)}>Clicked {clicks} times</button>
        <a href="${loginPath('/')}">Sign in</a>
      </>
    }`,
}

test.use({ ignoreHTTPSErrors: true })

test('behind it, over TLS, a React app signs in, and a change keeps what the page was at', async ({
  page,
}) => {
  test.setTimeout(90_000)
  // Not among the results of tests, whose changes Vite doesn't watch.
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-dev-'))
  symlinkSync(
    fileURLToPath(new URL('../../node_modules', import.meta.url)),
    join(folder, 'node_modules'),
  )
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const [port, providerPort, spaPort] = await freePorts(3)
  const origin = `https://localhost:${port}`
  const issuer = `http://127.0.0.1:${providerPort}`
  const api = await startSampleApi({ issuer, audience: 'urn:strongroom:sample-api' })
  const terminal = openTerminal(folder, { OIDC_SCOPE: 'openid offline_access notes' })
  const complaints: string[] = []
  let isConnected = false
  page.on('framenavigated', () => (isConnected = false))
  page.on('console', (message) => {
    if (message.text().includes('[vite] connected')) isConnected = true
    if (/Content.Security.Policy|WebSocket/i.test(message.text())) complaints.push(message.text())
  })

  try {
    const spa = terminal.start(
      `node ${join(viteFolder, 'bin/vite.js')} --port ${spaPort} --strictPort`,
    )
    await expect.poll(spa.output, { timeout: 30_000 }).toContain('ready in')
    const dev = terminal.start(
      `node ${strongroom} dev --https --spa http://localhost:${spaPort} --api ${api.url} --port ${port} --provider-port ${providerPort}`,
    )
    await expect.poll(dev.output, { timeout: 30_000 }).toContain(`Open      ${origin}`)
    expect(dev.output()).toContain('.strongroom/localhost.pem')

    await page.goto(origin)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await answerProvider(page)
    await expect(page.getByText('known to the API', { exact: true })).toBeVisible()
    await expect(page.getByRole('heading')).toHaveCSS('color', 'rgb(1, 2, 3)')
    // What changes before that is told to nobody.
    await expect.poll(() => isConnected).toBe(true)
    const app = join(folder, 'app.jsx')
    const first = readFileSync(app, 'utf8')
    let version = 1
    // On a busy machine Vite's watcher may miss a change, or find half of it, and have the page loaded anew: then once more.
    await expect(async () => {
      version += 1
      const clicked = page.getByRole('button', { name: 'Clicked 1 times' })
      if (!(await clicked.isVisible())) await page.getByRole('button').click()
      await expect(clicked).toBeVisible({ timeout: 2000 })
      writeFileSync(app, first.replace('First version', `Version ${version}`))
      await expect(page.getByRole('heading')).toHaveText(`Version ${version}`, { timeout: 4000 })
      expect(await clicked.isVisible()).toBe(true)
    }).toPass({ timeout: 40_000 })

    expect(complaints).toEqual([])
    expect(dev.output()).not.toContain('"level"')
  } finally {
    await terminal.close()
    await api.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
