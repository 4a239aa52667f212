import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFileSender } from '../adapters/file-send/file-sender.ts'
import { zlibGzip } from '../adapters/gzip-zlib/zlib-gzip.ts'
import { type Listener, listen } from '../http/listener.ts'
import { createPublicApp } from '../app.ts'
import { silentLogger } from '../telemetry/logger.ts'
import { type DataRouteDeps, dataRoutes } from './data-routes.ts'

/** More than the buffers of a loopback connection hold. */
const SIZE = 32 << 20

describe('the data endpoint', () => {
  let folder: string
  let listener: Listener
  const sockets: Socket[] = []

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'served-'))
    const path = join(folder, 'a.parquet')
    writeFileSync(path, Buffer.alloc(SIZE, 7))
    const file = { path, leavesPath: path, size: SIZE, mediaType: 'application/octet-stream', chunk: 1 << 20 }
    const deps: Pick<DataRouteDeps, 'transfers' | 'datasets' | 'sender' | 'log'> = {
      transfers: {
        resolveAccess: async (_, transferId) => ({ transferId, agreementId: 'a', datasetId: 'd', peer: 'did:web:x' }),
      },
      datasets: { servedFile: async () => file },
      sender: createFileSender(),
      log: silentLogger,
    }
    const app = createPublicApp({ routes: [dataRoutes(deps as DataRouteDeps)], log: silentLogger, gzip: zlibGzip })
    listener = await listen(app, { name: 'public', host: '127.0.0.1', port: 0, idleMs: 1500 })
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await listener.close(100)
    rmSync(folder, { recursive: true })
  })

  /** Asks for the whole file, reads the status and then nothing more. */
  function ask(transfer: string): Promise<{ status: string; socket: Socket }> {
    const socket = connect(listener.port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => {})
    socket.write(`GET /data/${transfer}/a.parquet HTTP/1.1\r\nhost: node\r\nauthorization: Bearer x\r\n\r\n`)
    return new Promise((resolve) => {
      socket.once('data', (bytes) => {
        socket.pause()
        resolve({ status: bytes.toString('latin1', 9, 12), socket })
      })
    })
  }

  it('gives one transfer a few answers at a time, whatever it opens and does not read', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask('greedy')))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === '200')).toHaveLength(16)
    expect(statuses.filter((status) => status === '503')).toHaveLength(24)
    expect((await ask('modest')).status).toBe('200')
    for (const { socket } of answers) socket.destroy()
    await expect.poll(async () => (await ask('greedy')).status).toBe('200')
  })

  it('cuts off a receiver that takes nothing for too long', async () => {
    const { socket } = await ask('idle')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => setTimeout(resolve, 4000))
    let received = 0
    socket.on('data', (bytes) => (received += bytes.length)).resume()
    await closed
    expect(received).toBeLessThan(SIZE - (1 << 20))
  })
})
