import { expect, test } from 'vitest'
import { noDrafts } from './note-drafts.ts'
import { hasConflict, listEntries } from './note-entries.ts'

function note(id: string, createdAt: string) {
  return { id, text: id, createdAt, updatedAt: createdAt }
}

const early = note('early', '2025-11-20T10:00:00Z')
const late = note('late', '2025-11-21T10:00:00Z')
const ids = (entries: ReturnType<typeof listEntries>) => entries.map(({ id }) => id)

test('shows the newest first, and of two of one moment the later in the list', () => {
  const twin = { ...early, id: 'twin' }

  expect(ids(listEntries([early, twin, late], noDrafts, new Set()))).toEqual([
    'late',
    'twin',
    'early',
  ])
})

test('what the API has not taken stands above the rest, and what is being deleted is gone', () => {
  const unsent = [{ id: 'unsent:1', text: 'new', createdAt: '2025-11-22T10:00:00Z' }]

  const entries = listEntries([early, late], { ...noDrafts, unsent }, new Set(['late']))

  expect(entries).toMatchObject([
    { kind: 'unsent', text: 'new' },
    { kind: 'saved', id: 'early' },
  ])
})

test('a text whose note was deleted elsewhere is kept', () => {
  const edits = { gone: { text: 'mine', base: early.updatedAt } }

  expect(listEntries([late], { ...noDrafts, edits }, new Set())).toMatchObject([
    { kind: 'orphan', edit: { text: 'mine' } },
    { kind: 'saved', id: 'late' },
  ])
})

test('there is a conflict when the note is another than the text was made from', () => {
  const edit = { text: 'mine', base: early.updatedAt }

  expect(hasConflict(early, edit)).toBe(false)
  expect(hasConflict({ ...early, text: 'theirs', updatedAt: late.updatedAt }, edit)).toBe(true)
  // The answer to a save was lost, and the save was not.
  expect(hasConflict({ ...early, text: 'mine', updatedAt: late.updatedAt }, edit)).toBe(false)
})
