import { SignedInOnly } from '../../session/signed-in-only.tsx'
import { PageHeading } from '../../ui/page-heading.tsx'
import { Notebook } from './notebook.tsx'
import { UnsavedNotes } from './unsaved-notes.tsx'
import './notes.css'

export function NotesPage() {
  return (
    <div className="stack">
      <PageHeading title="Notes">
        <p className="soft">They live in the API, which takes them only with an access token.</p>
      </PageHeading>
      <SignedInOnly what="your notes" afterwards={<UnsavedNotes />}>
        {({ view }) => <Notebook key={view.user.sub} sub={view.user.sub} />}
      </SignedInOnly>
    </div>
  )
}
