import { page } from './page.ts'
import { tabChannel } from './tab-channel.ts'

/** A pop-up, else a tab. @returns whether either was let through */
export function openBeside(path: string): boolean {
  const opened =
    page.open?.(path, 'strongroom-sign-in', 'popup,width=480,height=720') ??
    page.open?.(path, '_blank') ??
    null
  return opened !== null
}

/** Closing the window takes what was said along, if it has not been delivered. */
const deliverMilliseconds = 300

/**
 * For the page where a sign-in in a pop-up ends (`resumePath`): tells the page that opened it, and closes the window where
 * the browser lets it. What it shows is for where it doesn't: "You are signed in. You may close this window."
 */
export function finishResume(baseUrl = ''): void {
  const channel = tabChannel(baseUrl, () => {})
  channel.open()
  channel.say({ type: 'look' })
  setTimeout(() => {
    channel.close()
    page.close?.()
  }, deliverMilliseconds)
}
