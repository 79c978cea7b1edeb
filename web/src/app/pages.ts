import { later } from '../ui/later.tsx'

export const NotesPage = later(
  async () => (await import('../pages/notes/notes-page.tsx')).NotesPage,
)
export const AccountPage = later(
  async () => (await import('../pages/account/account-page.tsx')).AccountPage,
)
export const ConsolePage = later(
  async () => (await import('../pages/console/console-page.tsx')).ConsolePage,
)

/** Fetches the code of the pages that are not shown yet, so that a click waits for nothing. */
export function fetchPages(): void {
  for (const page of [NotesPage, AccountPage, ConsolePage]) page.fetchCode()
}

/** What the navigation offers, in its order. */
export const navigation = [
  { path: '/', name: 'Overview' },
  { path: '/notes', name: 'Notes' },
  { path: '/account', name: 'Account' },
  { path: '/console', name: 'API console' },
] as const
