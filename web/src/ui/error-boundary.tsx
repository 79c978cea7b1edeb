import { Component, type ReactNode } from 'react'
import { Button } from './button.tsx'
import { PageHeading } from './page-heading.tsx'

interface ErrorBoundaryProps {
  readonly children: ReactNode
}

/** A class, since React knows no other form of it. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly broken: boolean }> {
  override readonly state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    return this.state.broken ? <Broken /> : this.props.children
  }
}

function Broken() {
  return (
    <div className="stack" role="alert">
      <PageHeading title="This page broke">
        <p>A fault in this app stopped it. Your session is not affected.</p>
      </PageHeading>
      <p>
        <Button onPress={() => window.location.reload()}>Reload the page</Button>
      </p>
    </div>
  )
}
