import { useEffect, useRef, type ReactNode } from 'react'

interface PageHeadingProps {
  readonly title: string
  readonly children?: ReactNode
}

const appName = 'Strongroom demo'

let readPath = window.location.pathname

/** The one h1 of a page. It also names the document, and takes the focus when another page is opened. */
export function PageHeading({ title, children }: PageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    document.title = `${title} – ${appName}`
  }, [title])

  useEffect(() => {
    // On the first page the browser has put the focus where it belongs.
    if (readPath === window.location.pathname) return
    readPath = window.location.pathname
    // A link to a part of the page leads there instead.
    if (window.location.hash) return
    window.scrollTo(0, 0)
    heading.current?.focus({ preventScroll: true })
  }, [])

  return (
    <header className="stack stack-tight">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </header>
  )
}
