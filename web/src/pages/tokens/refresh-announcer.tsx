import { useState } from 'react'

/** Says a refresh aloud when it happens, and is silent about those before this page was opened. */
export function RefreshAnnouncer({ refreshCount }: { readonly refreshCount: number }) {
  const [first] = useState(refreshCount)
  return (
    <p className="visually-hidden" role="status">
      {refreshCount > first && `Access token refreshed, ${refreshCount} in all.`}
    </p>
  )
}
