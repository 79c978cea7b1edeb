import type { BrowserContext } from '@playwright/test'

/**
 * What the pages of a context did that their policies forbid, and whatever else the browser or a page complained
 * of. To be called before the first page is opened.
 */
export async function collectComplaints(context: BrowserContext): Promise<readonly string[]> {
  const complaints: string[] = []
  await context.exposeFunction('complain', (complaint: string) => void complaints.push(complaint))
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      const { blockedURI, sourceFile, violatedDirective } = event
      const where = `${sourceFile} at ${location.href}`
      void Reflect.get(window, 'complain')(`${violatedDirective} ${blockedURI} in ${where}`)
    })
  })
  context.on('console', (message) => {
    if (/error|warning/.test(message.type())) complaints.push(message.text())
  })
  context.on('weberror', (error) => complaints.push(error.error().message))
  return complaints
}
