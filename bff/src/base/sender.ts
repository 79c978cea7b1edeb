/** What of our own page sent a call: its script, or a form of it, whose answer the browser navigates to. */
export type Sender = 'script' | 'form'

/** Set by the guard that finds it out. */
export interface SenderVariables {
  sender: Sender
}
