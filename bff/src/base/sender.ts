/** What of our own page sent a request: its script, or a form of it, whose answer the browser navigates to. */
export type Sender = 'script' | 'form'

export interface SenderVariables {
  sender: Sender
}
