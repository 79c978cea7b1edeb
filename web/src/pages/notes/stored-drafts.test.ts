import { expect, test } from 'vitest'
import { parseDrafts } from './stored-drafts.ts'

const stored = {
  owner: 'ada',
  drafts: {
    newText: 'half a no',
    edits: { n1: { text: 'changed', base: '2026-11-20T10:00:00Z' } },
    unsent: [{ id: 'unsent:1', text: 'refused', createdAt: '2026-11-20T10:00:00Z' }],
  },
}

test('what was stored is read as it was', () => {
  expect(parseDrafts(JSON.parse(JSON.stringify(stored)))).toEqual(stored)
})

test('parts of another shape are left out, and the rest is kept', () => {
  const drafts = { newText: 7, edits: { n2: 'text', ...stored.drafts.edits }, unsent: [null, {}] }

  expect(parseDrafts({ owner: 'ada', drafts })).toEqual({
    owner: 'ada',
    drafts: { newText: '', edits: stored.drafts.edits, unsent: [] },
  })
})

test.each([null, [], 'text', {}, { owner: 1, drafts: {} }, { owner: 'ada' }])(
  'takes nothing from %j',
  (json) => {
    expect(parseDrafts(json)).toBeNull()
  },
)
