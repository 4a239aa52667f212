import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll } from 'vitest'
import { uploaderContract } from '../../../test/contract/uploader.ts'
import { createGuardedUploader } from './guarded-uploader.ts'

let server: Server
let base = ''
let received = 0

function store(request: IncomingMessage, response: ServerResponse): void {
  const hash = createHash('sha256')
  let length = 0
  request.on('data', (part: Buffer) => {
    length += part.length
    received += part.length
    hash.update(part)
  })
  request.on('end', () => {
    const { method, headers } = request
    response.writeHead(201).end(JSON.stringify({ method, length, sha256: hash.digest('hex'), headers }))
  })
}

const answers: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  '/store': store,
  '/expectation': store,
  '/redirect': (_, response) => void response.writeHead(307, { location: '/store' }).end(),
  '/forbidden': (_, response) => void response.writeHead(403, { connection: 'close' }).end('no'),
  '/silent': (request) => void request.resume(),
  '/deaf': () => {},
  '/drop': (request) => void request.once('data', () => request.socket.destroy()),
  '/upgrade': (request) => {
    request.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
  },
  '/stuck': (_, response) => void response.writeHead(200, { 'content-length': 10 }).write('x'),
  '/long': (_, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(16_384)));
    }
    response.on('drain', more)
    more()
  },
}

beforeAll(async () => {
  server = createServer((request, response) => answers[request.url ?? '']?.(request, response))
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/expectation') return void response.writeHead(417).end()
    if (request.url !== '/forbidden') response.writeContinue()
    return answers[request.url ?? '']?.(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://localhost:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

uploaderContract(() => ({
  uploader: createGuardedUploader({ developmentLocalhost: true, privateHosts: [] }),
  strict: createGuardedUploader({ developmentLocalhost: false, privateHosts: [] }),
  base,
  received: () => received,
}))
