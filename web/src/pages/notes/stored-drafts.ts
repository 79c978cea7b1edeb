import { isRecord } from '../../api/is-record.ts'
import type { NoteDrafts, NoteEdit, UnsentNote } from './draft-shapes.ts'

/** The drafts of one user, as they lie in the tab's own storage. */
export interface StoredDrafts {
  readonly owner: string
  readonly drafts: NoteDrafts
}

const key = 'strongroom-demo.drafts'

export function storeDrafts(stored: StoredDrafts): void {
  attempt(() => window.sessionStorage.setItem(key, JSON.stringify(stored)))
}

export function forgetStoredDrafts(): void {
  attempt(() => window.sessionStorage.removeItem(key))
}

export function readStoredDrafts(): StoredDrafts | null {
  return (
    attempt(() => parseDrafts(JSON.parse(window.sessionStorage.getItem(key) ?? 'null'))) ?? null
  )
}

/** Without storage (blocked, full, or no browser at all) the drafts live as long as the page. */
function attempt<T>(step: () => T): T | undefined {
  try {
    return step()
  } catch {
    return undefined
  }
}

/** Another version of the app may have written it, so every part is looked at. No I/O. */
export function parseDrafts(json: unknown): StoredDrafts | null {
  if (!isRecord(json) || typeof json['owner'] !== 'string' || !isRecord(json['drafts'])) return null
  const { newText, edits, unsent } = json['drafts']
  return {
    owner: json['owner'],
    drafts: {
      newText: typeof newText === 'string' ? newText : '',
      edits: isRecord(edits) ? onlyEdits(edits) : {},
      unsent: Array.isArray(unsent) ? unsent.filter(isUnsent) : [],
    },
  }
}

function onlyEdits(edits: Readonly<Record<string, unknown>>): Record<string, NoteEdit> {
  return Object.fromEntries(
    Object.entries(edits).filter((entry): entry is [string, NoteEdit] => isEdit(entry[1])),
  )
}

function isEdit(value: unknown): value is NoteEdit {
  return isRecord(value) && typeof value['text'] === 'string' && typeof value['base'] === 'string'
}

function isUnsent(value: unknown): value is UnsentNote {
  return (
    isRecord(value) &&
    typeof value['id'] === 'string' &&
    typeof value['text'] === 'string' &&
    typeof value['createdAt'] === 'string'
  )
}
