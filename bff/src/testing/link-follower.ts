/** Follows a link as a browser does that has never been there. @returns where it was sent to the app, or ended */
export async function followed(link: string, app: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let at = link
  for (let hops = 0; hops < 8; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    if (location === null) break
    at = new URL(location, at).href
    if (at.startsWith(app)) break
  }
  return new URL(at)
}
