import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { FetchTask } from '../../../ports/fetch-task.ts'
import { runFetch } from './fetch.ts'

const content = randomBytes(100_000)
const other = randomBytes(90_000)
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server that gives each answer once, in turn, and the requests that it got. */
async function served(...answers: Answer[]) {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answers.shift()?.(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const folder = await mkdtemp(join(tmpdir(), 'tanemaki-fetch-'))
  const { port } = server.address() as AddressInfo
  const task: FetchTask = {
    target: { address: '127.0.0.1', family: 4, port, tls: false, host: 'localhost', path: '/asset?v=1' },
    authorization: 'Bearer token',
    mostBytes: content.length,
    partialPath: join(folder, 'data'),
    memoryPath: join(folder, 'work', 'data.json'),
    idleMs: 2000,
  }
  const fetchAgain = () => runFetch(task, () => {})
  return { task, asked, fetchAgain, file: () => readFileSync(task.partialPath) }
}

const whole =
  (bytes: Buffer, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(200, { 'content-length': bytes.length, ...headers }).end(bytes)

const broken =
  (bytes: Buffer, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length, ...headers })
    response.write(bytes.subarray(0, 40_000), () => setTimeout(() => response.destroy(), 20))
  }

const rest =
  (bytes: Buffer, etag: string): Answer =>
  ({ headers }, response) => {
    const from = Number(/\d+/.exec(headers.range ?? '')?.[0])
    const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`
    response.writeHead(206, { 'content-range': range, 'content-length': bytes.length - from, etag })
    response.end(bytes.subarray(from))
  }

describe('fetching a file that no manifest describes', () => {
  it('brings it whole, with its media type, and asks no more once it is there', async () => {
    const { asked, fetchAgain, file } = await served(whole(content, { 'content-type': 'text/csv' }))
    const complete = { kind: 'complete', mediaType: 'text/csv', have: content.length }
    expect(await fetchAgain()).toMatchObject({ ...complete, received: content.length })
    expect(file()).toEqual(content)
    expect(await fetchAgain()).toMatchObject({ ...complete, received: 0 })
    expect(asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([['/asset?v=1', 'Bearer token']])
  })

  it('brings one whose length the server does not know', async () => {
    const { fetchAgain, file } = await served((_, response) => {
      response.write(content.subarray(0, 50_000))
      response.end(content.subarray(50_000))
    })
    expect(await fetchAgain()).toMatchObject({ kind: 'complete' })
    expect(file()).toEqual(content)
  })

  it('goes on where it stopped, under the same entity tag', async () => {
    const { asked, fetchAgain, file } = await served(broken(content, { etag: '"one"' }), rest(content, '"one"'))
    expect(await fetchAgain()).toMatchObject({ kind: 'interrupted', have: 40_000 })
    expect(await fetchAgain()).toMatchObject({ kind: 'complete', received: 60_000 })
    expect(file()).toEqual(content)
    expect(asked[1]?.headers).toMatchObject({ range: 'bytes=40000-', 'if-range': '"one"' })
  })

  it.each([
    ['the file has changed since', { etag: '"one"' }, 'bytes=40000-'],
    ['the server gives no entity tag', {}, undefined],
    ['the entity tag is weak', { etag: 'W/"one"' }, undefined],
  ])('begins anew when %s', async (_, headers: Record<string, string>, range) => {
    const { asked, fetchAgain, file } = await served(broken(content, headers), whole(other, { etag: '"two"' }))
    await fetchAgain()
    expect(await fetchAgain()).toMatchObject({ kind: 'complete', have: other.length })
    expect(file()).toEqual(other)
    expect(asked[1]?.headers.range).toBe(range)
  })

  it('begins anew when what it has is not part of the file any more', async () => {
    const gone: Answer = (_, response) => response.writeHead(416, { 'content-range': 'bytes */10' }).end()
    const { fetchAgain, file } = await served(broken(content, { etag: '"one"' }), gone, whole(other))
    await fetchAgain()
    expect(await fetchAgain()).toMatchObject({ kind: 'interrupted', have: 0 })
    expect(await fetchAgain()).toMatchObject({ kind: 'complete' })
    expect(file()).toEqual(other)
  })

  it('takes no range of another file than the one asked for', async () => {
    const { fetchAgain } = await served(broken(content, { etag: '"one"' }), rest(other, '"two"'))
    await fetchAgain()
    expect(await fetchAgain()).toMatchObject({ kind: 'bad-answer' })
  })

  it.each<[string, Answer]>([
    ['announced', whole(Buffer.concat([content, Buffer.of(0)]))],
    ['not announced', (_, response) => response.write(content, () => response.end(Buffer.of(0)))],
  ])('keeps no more bytes than it may, %s', async (_, answer) => {
    const { task, fetchAgain } = await served(answer)
    const ended = await fetchAgain()
    expect(ended.kind).toBe('too-large')
    expect(ended.have).toBeLessThanOrEqual(task.mostBytes)
  })

  it.each<[string, Answer]>([
    ['is packed', whole(content, { 'content-encoding': 'gzip' })],
    ['points elsewhere', (_, response) => response.writeHead(302, { location: 'http://localhost/' }).end()],
    ['does not say where it ends', ({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\nbytes')],
  ])('keeps nothing of an answer that %s', async (_, answer) => {
    const { fetchAgain } = await served(answer)
    expect(await fetchAgain()).toMatchObject({ kind: 'bad-answer', have: 0 })
  })

  it('says which answers are worth another try, and which need another token', async () => {
    const status =
      (code: number): Answer =>
      (_, response) =>
        response.writeHead(code).end()
    const { fetchAgain } = await served(status(503), status(429), status(403), (_, response) => response.destroy())
    expect(await fetchAgain()).toMatchObject({ kind: 'interrupted' })
    expect(await fetchAgain()).toMatchObject({ kind: 'interrupted' })
    expect(await fetchAgain()).toMatchObject({ kind: 'access-refused', status: 403 })
    expect(await fetchAgain()).toMatchObject({ kind: 'interrupted' })
  })

  it('begins anew when what it remembers cannot be read', async () => {
    const { task, fetchAgain, file } = await served(broken(content, { etag: '"one"' }), whole(content))
    await fetchAgain()
    writeFileSync(task.memoryPath, '{"etag":')
    expect(await fetchAgain()).toMatchObject({ kind: 'complete' })
    expect(file()).toEqual(content)
  })
})
