import { finishResume } from '@strongroom/client'
import { useEffect } from 'react'
import { PageHeading } from '../ui/page-heading.tsx'

/** Where a sign-in beside another page ends. It closes itself where the browser lets it. */
export function SignedInPage() {
  useEffect(() => finishResume(), [])
  return (
    <PageHeading title="You are signed in">
      <p>Close this window, and go on where you were.</p>
    </PageHeading>
  )
}
