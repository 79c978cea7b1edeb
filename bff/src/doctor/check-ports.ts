import { once } from 'node:events'
import { createServer } from 'node:net'
import { check, finding, type Finding } from './check.ts'
import type { Patient } from './patient.ts'

type Id = 'ports.listen' | 'ports.ops'

export const checkPorts = check<Id>({
  title: 'Ports',
  tells: {
    'ports.listen': 'Whether `HOST` and `PORT` can be listened on, or Strongroom does so already.',
    'ports.ops': 'The same of `OPS_HOST` and `OPS_PORT`.',
  },
  async run({ options, ask }) {
    const { host, port, ops } = options
    return [
      await look('ports.listen', 'PORT', { host, port }, '/healthz', ask),
      ...(ops ? [await look('ports.ops', 'OPS_PORT', ops, '/metrics', ask)] : []),
    ]
  },
})

async function look(
  id: Id,
  variable: string,
  { host, port }: { readonly host: string; readonly port: number },
  path: string,
  ask: Patient['ask'],
): Promise<Finding<Id>> {
  const place = `port ${port} on ${host}`
  const code = await tryToListen(host, port)
  if (code === null) return finding(id, 'ok', `${capital(place)} is free.`)
  if (code === 'EADDRINUSE')
    return (await isOurs(host, port, path, ask))
      ? finding(id, 'ok', `${capital(place)} is taken, by a Strongroom that runs.`)
      : finding(
          id,
          'fault',
          `${capital(place)} is taken by something else.`,
          `Stop what uses it, or set ${variable} to another.`,
        )
  return finding(
    id,
    'fault',
    `Nobody can listen on ${place} (${code}).`,
    code === 'EACCES'
      ? `Ports below 1024 are kept from ordinary users: set ${variable} to a higher one, and let a proxy stand before it.`
      : 'Set HOST to an address of this machine, or to 0.0.0.0 for all.',
  )
}

async function tryToListen(host: string, port: number): Promise<string | null> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    server.close()
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}

async function isOurs(
  host: string,
  port: number,
  path: string,
  ask: Patient['ask'],
): Promise<boolean> {
  const reached =
    host === '0.0.0.0'
      ? '127.0.0.1'
      : host.includes(':')
        ? `[${host === '::' ? '::1' : host}]`
        : host
  try {
    const answer = await ask(`http://${reached}:${port}${path}`)
    const text = await answer.text()
    return path === '/healthz' ? text === 'ok\n' : text.includes('strongroom_')
  } catch {
    return false
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
