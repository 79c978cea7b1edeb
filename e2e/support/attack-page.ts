import { csrfHeader, routes } from '@strongroom/client'
import type { RequestListener } from 'node:http'

/** What a page of a stranger can do to a signed-in user of the app: all of it at once. */
export function attackPage(appUrl: string): RequestListener {
  const logout = `${appUrl}${routes.logout}`
  const notes = `${appUrl}${routes.api}/notes`
  const page = `<!doctype html>
    <title>Attack</title>
    <h1>Under way</h1>
    <iframe src="${appUrl}/notes"></iframe>
    <img src="${logout}" alt=""><img src="${notes}" alt="">
    <form method="post" action="${logout}" target="logout"></form>
    <form method="post" action="${notes}" target="notes" enctype="text/plain">
      <input name='{"text":"planted by form","x":"' value='"}'>
    </form>
    <form id="last" method="post" action="${logout}"><button>Win a prize</button></form>
    <script>
      const attempts = [
        () => fetch('${logout}', { method: 'POST', mode: 'no-cors', credentials: 'include' }),
        () => fetch('${logout}', {
          method: 'POST', credentials: 'include', headers: { '${csrfHeader.name}': '${csrfHeader.value}' },
        }),
        () => fetch('${logout}', {
          method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams('a=1'),
        }),
        () => fetch('${notes}', {
          method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"text":"planted by script"}',
        }),
        () => fetch('${notes}', {
          method: 'POST', credentials: 'include', body: '{"text":"planted with the header"}',
          headers: { '${csrfHeader.name}': '${csrfHeader.value}', 'Content-Type': 'application/json' },
        }),
        () => fetch('${notes}', { credentials: 'include' }),
        () => fetch('${appUrl}${routes.session}', { credentials: 'include' }),
      ]
      async function read(attempt) {
        try {
          return await (await attempt()).text()
        } catch {
          return ''
        }
      }
      async function attack() {
        for (const form of document.querySelectorAll('form[target]')) {
          const frame = document.createElement('iframe')
          frame.name = form.target
          document.body.append(frame)
          form.submit()
          await new Promise((resolve) => frame.onload = resolve)
        }
        const loot = await Promise.all(attempts.map(read))
        document.querySelector('h1').textContent = loot.join('') ? 'Loot: ' + loot.join('') : 'No loot'
      }
      addEventListener('load', attack)
    </script>`
  return (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(page)
  }
}
