/** The browser let no window open for a sign-in beside the page: a link is always let through. */
export function BlockedWindow({ href }: { readonly href: string }) {
  return (
    <p role="alert">
      The browser did not let a window open.{' '}
      <a href={href} target="_blank">
        Sign in in a new tab
      </a>
      , and come back.
    </p>
  )
}
