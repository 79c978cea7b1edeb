import { Component, type ReactNode } from 'react'
import { Button } from './button.tsx'
import { CodeMissing } from './later.tsx'
import { PageHeading } from './page-heading.tsx'

interface ErrorBoundaryProps {
  readonly children: ReactNode
}

/** A class, since React knows no other form of it. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly error: unknown }> {
  override readonly state = { error: null }

  static getDerivedStateFromError(error: unknown) {
    return { error: error ?? true }
  }

  override render() {
    const { error } = this.state
    return error === null ? this.props.children : <Broken codeMissing={isCodeMissing(error)} />
  }
}

function isCodeMissing(error: unknown): boolean {
  return error instanceof CodeMissing
}

function Broken({ codeMissing }: { readonly codeMissing: boolean }) {
  return (
    <div className="stack" role="alert">
      <PageHeading title={codeMissing ? 'This page could not be fetched' : 'This page broke'}>
        <p>
          {codeMissing
            ? 'Either the network is gone, or a newer version of the app has taken its place.'
            : 'A fault in this app stopped it.'}{' '}
          Your session is not affected, and what you were typing is kept.
        </p>
      </PageHeading>
      <p>
        <Button look="strong" onPress={() => window.location.reload()}>
          Reload the page
        </Button>
      </p>
    </div>
  )
}
