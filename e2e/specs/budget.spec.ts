import { gzipSync } from 'node:zlib'
import type { Browser, Page, Response } from '@playwright/test'
import { routes } from '@strongroom/client'
import { expect, test } from '../support/fixtures.ts'
import { startSignedIn } from '../support/sign-in.ts'

const scriptBudget = 90_000
const paintBudgetMilliseconds = 1_000

test('the first page needs less than 90 kB of script, and asks for nothing but the session', async ({
  page,
}) => {
  const responses: Response[] = []
  page.on('response', (response) => responses.push(response))

  await page.goto('/')
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  await page.waitForLoadState('networkidle')

  const paths = responses.map((response) => new URL(response.url()).pathname)
  const others = paths.filter((path) => !/^\/(?:assets\/[^/]+|favicon\.svg)?$/.test(path))
  expect(others).toEqual([routes.session])
  expect(await gzippedScriptBytes(responses)).toBeLessThan(scriptBudget)
})

test('the largest paint of the first page comes within a second', async ({ browser, world }) => {
  test.slow()
  const medianOfThree = async () => {
    const times: number[] = []
    for (let visit = 0; visit < 3; visit += 1) {
      times.push(await largestPaintMilliseconds(browser, world.publicUrl))
    }
    return times.toSorted((a, b) => a - b)[1]
  }

  // A machine that is busy with other things is asked again, a few times.
  await expect
    .poll(medianOfThree, { timeout: 60_000, intervals: [0] })
    .toBeLessThan(paintBudgetMilliseconds)
})

test('no page jumps while it fills, on a narrow screen either', async ({ page }) => {
  test.slow()
  await startSignedIn(page)
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    for (const path of ['/', '/notes', '/account', '/console']) {
      await page.goto(path)
      await expect(
        page.getByRole('heading', { level: 2 }).or(page.getByLabel('Method')).first(),
      ).toBeVisible()
      // What the browsers' makers call good.
      expect(await layoutShift(page), `${path} at ${width}`).toBeLessThan(0.1)
    }
  }
})

test('a page that does jump is seen to', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()

  await page.evaluate(() => {
    const wedge = document.createElement('div')
    wedge.style.height = '300px'
    document.body.prepend(wedge)
  })

  await expect.poll(() => layoutShift(page)).toBeGreaterThan(0.1)
})

async function gzippedScriptBytes(responses: readonly Response[]): Promise<number> {
  const scripts = responses.filter((response) => response.url().endsWith('.js'))
  const sizes = await Promise.all(
    scripts.map(async (response) => gzipSync(await response.body(), { level: 9 }).length),
  )
  expect(sizes).not.toEqual([])
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function largestPaintMilliseconds(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(url)
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  const time = await lastLargestPaint(page)
  await context.close()
  return time
}

function lastLargestPaint(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) =>
          resolve(list.getEntries().at(-1)?.startTime ?? 0),
        ).observe({
          type: 'largest-contentful-paint',
          buffered: true,
        })
      }),
  )
}

/** How much has moved that nobody moved, as browsers reckon it. */
function layoutShift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += Number(Reflect.get(entry, 'value'))
        }).observe({ type: 'layout-shift', buffered: true })
        // What there is so far has been told by the frame after the next.
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))))
      }),
  )
}
