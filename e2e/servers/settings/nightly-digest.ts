interface Note {
  readonly id: string
  readonly text: string
}

interface Run {
  readonly call: (path: string, init?: RequestInit) => Promise<Response>
}

const heading = 'Nightly digest: '

/** Sums up a user's notes in a note of its own, which it writes anew each time. */
export async function writeDigest({ call }: Run): Promise<string> {
  const all = (await jsonOf(call('/notes'))) as readonly Note[]
  const notes = all.filter(({ text }) => !text.startsWith(heading))
  const earlier = all.find(({ text }) => text.startsWith(heading))
  const text = `${heading}${counted(notes.length)}${notes[0] ? `, among them “${notes[0].text.slice(0, 60)}”` : ''}.`
  await jsonOf(
    earlier
      ? call(`/notes/${earlier.id}`, body('PUT', { text }))
      : call('/notes', body('POST', { text })),
  )
  return `Summed up ${counted(notes.length)}.`
}

function counted(notes: number): string {
  return notes === 1 ? '1 note' : `${notes} notes`
}

function body(method: string, json: unknown): RequestInit {
  return { method, body: JSON.stringify(json), headers: { 'Content-Type': 'application/json' } }
}

async function jsonOf(answer: Promise<Response>): Promise<unknown> {
  const response = await answer
  if (!response.ok) throw new Error(`the API answered ${response.status}`)
  return response.json()
}
