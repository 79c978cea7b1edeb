import { grantConnectPath, type SignedInView } from '@strongroom/client'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { Button } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'

const notNowKey = 'grants-not-now'

/** Asks once in a visit to connect again what has stopped, and takes "not now" for an answer. */
export function BrokenGrantsNotice({ view }: { readonly view: SignedInView }) {
  const [isPutOff, setPutOff] = useState(() => sessionStorage.getItem(notNowKey) !== null)
  const [path] = useLocation()
  const [name] = view.brokenGrants ?? []
  if (name === undefined || isPutOff) return null

  function putOff(): void {
    sessionStorage.setItem(notNowKey, 'yes')
    setPutOff(true)
  }

  return (
    <Notice
      title="Something that ran while you were away has stopped."
      advice="The sign-in service no longer accepts what you allowed. Nothing else of yours is affected."
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
