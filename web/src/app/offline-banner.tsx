import { Notice } from '../ui/notice.tsx'
import { useOnline } from '../ui/use-online.ts'

export function OfflineBanner() {
  const online = useOnline()
  if (online) return null
  return (
    <Notice
      title="You are offline."
      advice="What you write stays on this page, and can be sent once the network is back."
    />
  )
}
