import { Link } from 'wouter'
import { PageHeading } from '../ui/page-heading.tsx'

export function NotFoundPage() {
  return (
    <div className="stack">
      <PageHeading title="Page not found">
        <p>There is nothing at this address.</p>
      </PageHeading>
      <p>
        <Link href="/" className="button">
          Go to the start
        </Link>
      </p>
    </div>
  )
}
