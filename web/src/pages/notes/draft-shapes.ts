/** What a user has typed and the API has not taken yet. */
export interface NoteDrafts {
  readonly newText: string
  /** Changed notes by their id: being typed, being saved, or refused. */
  readonly edits: Readonly<Record<string, NoteEdit>>
  /** New notes that are being saved, or were refused. */
  readonly unsent: readonly UnsentNote[]
}

export interface NoteEdit {
  readonly text: string
  /** The `updatedAt` of the note that the text was made from. */
  readonly base: string
}

export interface UnsentNote {
  readonly id: string
  readonly text: string
  readonly createdAt: string
  readonly important?: boolean
}
