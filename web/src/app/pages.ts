import type { ComponentType } from 'react'
import { later } from '../ui/later.tsx'

export const OverviewPage = page(
  async () => (await import('../pages/overview/overview-page.tsx')).OverviewPage,
)
export const NotesPage = page(async () => (await import('../pages/notes/notes-page.tsx')).NotesPage)
export const AccountPage = page(
  async () => (await import('../pages/account/account-page.tsx')).AccountPage,
)
export const ConsolePage = page(
  async () => (await import('../pages/console/console-page.tsx')).ConsolePage,
)

/** Fetches the code of every page, so that a click waits for nothing. */
export function fetchPages(): void {
  for (const one of [OverviewPage, NotesPage, AccountPage, ConsolePage]) one.fetchCode()
}

/** What the navigation offers, in its order. */
export const navigation = [
  { path: '/', name: 'Overview' },
  { path: '/notes', name: 'Notes' },
  { path: '/account', name: 'Account' },
  { path: '/console', name: 'API console' },
] as const

function page<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  return later<Props>(async () => {
    const [{ withQueries }, Page] = await Promise.all([import('./with-queries.tsx'), load()])
    return withQueries(Page)
  })
}
