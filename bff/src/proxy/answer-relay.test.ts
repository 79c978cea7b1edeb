import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { Over } from './upstream-call.ts'
import { expect, onTestFinished, test } from 'vitest'
import { answerRelay } from './answer-relay.ts'

/** The answer to a browser that has asked, and reads nothing until it is told to. */
async function unreadAnswer() {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const browser = connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
  onTestFinished(() => void browser.destroy())
  browser.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const [, outgoing] = (await once(server, 'request')) as [unknown, ServerResponse]
  return { browser, outgoing }
}

const nobody = { pause: () => {}, resume: () => {}, stop: () => {} }
const more = Buffer.alloc(60_000_000)

test('a browser that does not take the last of its answer is given up', async () => {
  const { outgoing } = await unreadAnswer()
  const relay = answerRelay(outgoing, nobody, 0.2)

  relay.take(more)
  relay.end()
  relay.begin(200, [], null)
  await once(outgoing, 'close')

  expect(outgoing.writableFinished).toBe(false)
})

test('the limit for one answer is none for the pause behind it', async () => {
  const { browser, outgoing } = await unreadAnswer()
  const relay = answerRelay(outgoing, nobody, 0.2)

  relay.begin(200, [], null)
  relay.take(more)
  browser.resume()
  await once(outgoing, 'drain')
  relay.end()
  await once(outgoing, 'finish')

  expect(outgoing.req.socket.timeout).toBeGreaterThan(1000)
})

test('an event stream that announced its length is cut, not ended short of it', async () => {
  const { outgoing } = await unreadAnswer()
  const relay = answerRelay(outgoing, nobody, 10)
  let over: (why: Over) => void = () => {}

  relay.begin(200, ['content-length', '100'], (end) => {
    over = end
    return () => {}
  })
  relay.take(Buffer.from('data: 1\n\n'))
  over('session-over')
  relay.breakOff()

  expect([outgoing.destroyed, outgoing.writableFinished]).toEqual([true, false])
})

test('what comes after the end of a stream is no error', async () => {
  const { outgoing } = await unreadAnswer()
  const errors: unknown[] = []
  outgoing.on('error', (error) => errors.push(error))
  const relay = answerRelay(outgoing, nobody, 10)
  let over: (why: Over) => void = () => {}

  relay.begin(200, [], (end) => {
    over = end
    return () => {}
  })
  over('session-over')
  relay.take(Buffer.from('data: too late\n\n'))
  relay.breakOff()
  await once(outgoing, 'finish')

  expect(errors).toEqual([])
})
