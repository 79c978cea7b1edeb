import { grantConnectPath, type SignedInView } from '@strongroom/client'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { Button } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'

/** Asks once in a visit to connect again what has stopped, and takes "not now" for an answer. */
export function BrokenGrantsNotice({ view }: { readonly view: SignedInView }) {
  // Whoever signs in next in this tab has not been asked.
  const notNowKey = `grants-not-now/${view.session.owner}`
  const [putOffKey, setPutOffKey] = useState<string | null>(null)
  const [path] = useLocation()
  const [name] = view.brokenGrants ?? []
  const isPutOff = putOffKey === notNowKey || sessionStorage.getItem(notNowKey) !== null
  if (name === undefined || isPutOff) return null

  function putOff(): void {
    sessionStorage.setItem(notNowKey, 'yes')
    setPutOffKey(notNowKey)
  }

  return (
    <Notice
      title="Something that ran while you were away has stopped."
      advice="What you allowed has come to its end, or the sign-in service no longer accepts it. Nothing else of yours is affected."
    >
      <div className="row">
        <a className="button button-strong" href={grantConnectPath(name, path)}>
          Connect again
        </a>
        <Button onPress={putOff}>Not now</Button>
      </div>
    </Notice>
  )
}
