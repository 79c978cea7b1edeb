import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { apiKey } from '../../api/call-api.ts'
import { callAndTell, pathWithinApi } from '../../api/echoed-call.ts'
import { CallFailureNotice } from '../../session/call-failure-notice.tsx'
import { SignedInOnly } from '../../session/signed-in-only.tsx'
import { PageHeading } from '../../ui/page-heading.tsx'
import { AnswerBody, AnswerLine } from './answer.tsx'
import { CallComparison } from './call-comparison.tsx'
import { RequestForm } from './request-form.tsx'
import { isMethod, sendsBody, type Draft } from './request-draft.ts'
import './console.css'

export function ConsolePage() {
  return (
    <div className="stack">
      <PageHeading title="API console">
        <p className="soft">
          Call the sample API, and see the call as this page sent it and as the API received it.
          Strongroom stands between.
        </p>
      </PageHeading>
      <SignedInOnly what="your calls on both sides of Strongroom">{() => <Console />}</SignedInOnly>
    </div>
  )
}

function Console() {
  const [search, setSearch] = useSearchParams()
  // An address fills the form in and no more: a link must not be able to send what its reader did not mean to.
  const [draft, setDraft] = useState(() => draftFrom(search))
  const { mutate, data, error, isPending } = useMutation({
    mutationKey: [apiKey, 'console'],
    mutationFn: callAndTell,
  })

  function send({ method, path, body }: Draft): void {
    const called = pathWithinApi(path)
    if (called === null) return
    setSearch({ method, path }, { replace: true })
    mutate({ method, path: called, body: sendsBody(method) ? body : null })
  }

  return (
    <>
      <RequestForm draft={draft} onChange={setDraft} onSend={() => send(draft)} busy={isPending} />
      {error && <CallFailureNotice error={error} title="The call brought nothing." />}
      {data ? (
        <>
          <AnswerLine answer={data.answer} />
          <CallComparison call={data} />
          <AnswerBody answer={data.answer} />
        </>
      ) : (
        !error && (
          <p className="soft console-empty">
            {isPending ? '' : 'Nothing sent yet. Both sides of the call will be compared here.'}
          </p>
        )
      )}
    </>
  )
}

function draftFrom(search: URLSearchParams): Draft {
  const method = search.get('method')
  return {
    method: isMethod(method) ? method : 'GET',
    path: search.get('path') ?? '/whoami',
    body: '{ "text": "Sent from the console" }',
  }
}
