import { expect, test } from 'vitest'
import { isUnsaved, newestFirst, replaceNote, unsavedNote, withNote } from './note-list-changes.ts'

function note(id: string, createdAt: string) {
  return { id, text: id, createdAt, updatedAt: createdAt }
}

const early = note('early', '2025-11-20T10:00:00Z')
const late = note('late', '2025-11-21T10:00:00Z')

test('shows the newest first, and of two of one moment the later in the list', () => {
  const twin = { ...early, id: 'twin' }

  expect(newestFirst([early, twin, late]).map(({ id }) => id)).toEqual(['late', 'twin', 'early'])
})

test('an unsaved note gives its place to the saved one', () => {
  const unsaved = unsavedNote('hello', '2025-11-22T10:00:00Z')

  const saved = replaceNote(withNote([early], unsaved), unsaved.id, late)

  expect(isUnsaved(unsaved)).toBe(true)
  expect(saved).toEqual([early, late])
})

test('a note that is put back twice is there once', () => {
  expect(withNote(withNote([early], late), late)).toEqual([early, late])
})
