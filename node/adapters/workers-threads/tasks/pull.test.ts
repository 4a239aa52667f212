import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { hashFile } from '../../tabular/hash-file.ts'
import type { PullTask } from '../../../ports/pull-task.ts'
import { runPull } from './pull.ts'

const CHUNK = 16_384
const content = randomBytes(CHUNK * 9 + 5)
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

type Answer = (response: ServerResponse, range: { start: number; end: number }, request: IncomingMessage) => void

const sendRange: Answer = (response, { start, end }) => {
  response.writeHead(206, {
    'content-length': end - start,
    'content-range': `bytes ${start}-${end - 1}/${content.length}`,
  })
  response.end(content.subarray(start, end))
}

/** Serves the content and notes which ranges were asked for. */
async function serve(answer: Answer = sendRange) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const [, start = '0', last = '0'] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    asked.push(`${Number(start) / CHUNK}`)
    answer(response, { start: Number(start), end: Number(last) + 1 }, request)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, asked, server }
}

async function taskFor(port: number): Promise<PullTask> {
  const folder = await mkdtemp(join(tmpdir(), 'tanemaki-pull-'))
  const original = join(folder, 'original')
  writeFileSync(original, content)
  return {
    target: { address: '127.0.0.1', family: 4, port, tls: false, host: 'localhost', path: '/data/1/part' },
    authorization: 'Bearer token',
    leaves: hashFile(original, { chunk: CHUNK, flat: false }).leaves,
    size: content.length,
    chunk: CHUNK,
    partialPath: join(folder, 'part'),
    journalPath: join(folder, 'part.chunks'),
    idleMs: 2000,
  }
}

const silent = () => {}
const received = (task: PullTask) => readFileSync(task.partialPath)

describe('pulling a file', () => {
  it('receives, verifies and writes every chunk over one request', async () => {
    const { port, asked } = await serve()
    const task = await taskFor(port)
    const reports: unknown[] = []
    const size = content.length
    expect(await runPull(task, (progress) => reports.push(progress))).toEqual({
      kind: 'complete',
      verified: size,
      received: size,
    })
    expect(received(task).equals(content)).toBe(true)
    expect(asked).toEqual(['0'])
    expect(reports[0]).toEqual({ verified: 0, received: 0 })
  })

  it('sends its token and asks for unencoded bytes', async () => {
    let headers: IncomingMessage['headers'] = {}
    const { port } = await serve((response, range, request) => {
      headers = request.headers
      sendRange(response, range, request)
    })
    await runPull(await taskFor(port), silent)
    expect(headers).toMatchObject({
      authorization: 'Bearer token',
      'accept-encoding': 'identity',
      host: `localhost:${port}`,
    })
  })

  it('keeps what it verified when the connection breaks, and fetches only the rest', async () => {
    let broken = true
    const { port, asked } = await serve((response, { start, end }, request) => {
      if (!broken) return sendRange(response, { start, end }, request)
      response.writeHead(206, {
        'content-length': end - start,
        'content-range': `bytes ${start}-${end - 1}/${content.length}`,
      })
      response.write(content.subarray(start, start + 4 * CHUNK + 100), () => response.destroy())
      return undefined
    })
    const task = await taskFor(port)
    expect(await runPull(task, silent)).toMatchObject({ kind: 'interrupted', verified: 4 * CHUNK })
    broken = false
    const rest = content.length - 4 * CHUNK
    expect(await runPull(task, silent)).toEqual({ kind: 'complete', verified: content.length, received: rest })
    expect(received(task).equals(content)).toBe(true)
    expect(asked).toEqual(['0', '4'])
  })

  it('fetches nothing when everything is there', async () => {
    const { port, asked } = await serve()
    const task = await taskFor(port)
    await runPull(task, silent)
    expect(await runPull(task, silent)).toMatchObject({ kind: 'complete', received: 0 })
    expect(asked).toHaveLength(1)
  })

  it('fetches the gaps alone, over one connection', async () => {
    const { port, asked } = await serve()
    const task = await taskFor(port)
    await runPull(task, silent)
    const journal = readFileSync(task.journalPath)
    journal[2] = 0
    journal[3] = 0
    journal[9] = 0
    writeFileSync(task.journalPath, journal)
    expect(await runPull(task, silent)).toMatchObject({ kind: 'complete', received: 2 * CHUNK + 5 })
    expect(asked).toEqual(['0', '2', '9'])
  })

  it('believes chunks that were never synced only after reading them back', async () => {
    const { port, asked } = await serve()
    const task = await taskFor(port)
    await runPull(task, silent)
    writeFileSync(task.journalPath, Buffer.alloc(10, 1))
    const file = received(task)
    file.fill(0, 5 * CHUNK, 6 * CHUNK)
    writeFileSync(task.partialPath, file)
    expect(await runPull(task, silent)).toMatchObject({ kind: 'complete', received: CHUNK })
    expect(asked).toEqual(['0', '5'])
    expect(received(task).equals(content)).toBe(true)
  })

  it('begins again when the journal is not of this file', async () => {
    const { port } = await serve()
    const task = await taskFor(port)
    await runPull(task, silent)
    truncateSync(task.journalPath, 3)
    expect(await runPull(task, silent)).toMatchObject({ kind: 'complete', received: content.length })
  })

  it('does not believe a journal whose file is gone', async () => {
    const { port } = await serve()
    const task = await taskFor(port)
    await runPull(task, silent)
    rmSync(task.partialPath)
    expect(await runPull(task, silent)).toMatchObject({ kind: 'complete', received: content.length })
    expect(received(task).equals(content)).toBe(true)
  })

  it('stops at the first wrong byte, names its chunk, and keeps the chunks before it', async () => {
    const { port } = await serve((response, { start, end }) => {
      response.writeHead(206, {
        'content-length': end - start,
        'content-range': `bytes ${start}-${end - 1}/${content.length}`,
      })
      const wrong = Buffer.from(content.subarray(start, end))
      wrong[7 * CHUNK + 12] = (wrong[7 * CHUNK + 12] ?? 0) ^ 1
      response.end(wrong)
    })
    const task = await taskFor(port)
    const result = await runPull(task, silent)
    const chunk = Buffer.from(content.subarray(7 * CHUNK, 8 * CHUNK))
    const expectedLeaf = createHash('sha256').update(Buffer.of(0)).update(chunk).digest('hex')
    const wrong = Buffer.from(chunk)
    wrong[12] = (wrong[12] ?? 0) ^ 1
    const receivedSha256 = createHash('sha256').update(wrong).digest('hex')
    expect(result).toMatchObject({ kind: 'wrong-bytes', chunk: 7, expectedLeaf, receivedSha256, verified: 7 * CHUNK })
    expect(
      received(task)
        .subarray(7 * CHUNK, 8 * CHUNK)
        .every((byte) => byte === 0),
    ).toBe(true)
  })

  it('says when the token is not taken, the server is busy, or the answer is none', async () => {
    for (const [status, kind] of [
      [401, 'access-refused'],
      [403, 'access-refused'],
      [404, 'access-refused'],
      [503, 'interrupted'],
      [429, 'interrupted'],
      [302, 'bad-answer'],
      [204, 'bad-answer'],
    ] as const) {
      const { port } = await serve((response) => response.writeHead(status).end())
      expect(await runPull(await taskFor(port), silent)).toMatchObject({ kind })
    }
    const chunked = await serve((response) => response.writeHead(200).end(content))
    expect(await runPull(await taskFor(chunked.port), silent)).toMatchObject({ kind: 'bad-answer' })
  })

  it('says that a server does not answer', async () => {
    const { port, server } = await serve()
    server.close()
    expect(await runPull(await taskFor(port), silent)).toMatchObject({ kind: 'interrupted', reason: 'ECONNREFUSED' })
  })

  it('gives up a silent connection', async () => {
    const { port } = await serve(silent)
    expect(await runPull({ ...(await taskFor(port)), idleMs: 50 }, silent)).toMatchObject({ kind: 'interrupted' })
  })

  it('takes an empty file without a request', async () => {
    const { port, asked } = await serve()
    const task = { ...(await taskFor(port)), size: 0, leaves: new Uint8Array(0) }
    expect(await runPull(task, silent)).toEqual({ kind: 'complete', verified: 0, received: 0 })
    expect(existsSync(task.partialPath)).toBe(true)
    expect(asked).toEqual([])
  })
})

describe('a full disk', () => {
  it('is said, and what was verified stays', async () => {
    if (!existsSync('/dev/full')) return
    const { port } = await serve()
    const task = await taskFor(port)
    expect(await runPull({ ...task, partialPath: '/dev/full' }, silent)).toMatchObject({
      kind: 'disk-full',
      verified: 0,
    })
  })
})
