import { createServer } from 'node:net'
import { cannedBody } from './canned-body.ts'

/**
 * An API that is much faster than any proxy before it: it looks at no more of a request than whether it brings a bearer
 * token, and answers bytes that were made ready once. Requests have no body here.
 */
const headEnd = Buffer.from('\r\n\r\n')
const bearer = Buffer.from('bearer ')
const capitalBearer = Buffer.from('Bearer ')

const good = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${cannedBody.length}\r\n` +
    `Cache-Control: private, max-age=0\r\nETag: "bench"\r\n\r\n${cannedBody}`,
)
const refused = Buffer.from(
  'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: Bearer\r\n\r\n',
)

const server = createServer((socket) => {
  let rest: Buffer = Buffer.alloc(0)
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    let pending = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let end = pending.indexOf(headEnd); end !== -1; end = pending.indexOf(headEnd)) {
      const head = pending.subarray(0, end)
      socket.write(head.includes(capitalBearer) || head.includes(bearer) ? good : refused)
      pending = pending.subarray(end + headEnd.length)
    }
    rest = pending
  })
})

const port = Number(process.env['PORT'])
server.listen(port, '127.0.0.1')
