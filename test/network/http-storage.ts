import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface ReceivedFile {
  readonly path: string
  readonly method: string
  readonly bytes: Buffer
  readonly headers: IncomingMessage['headers']
}

/** Storage of a partner: keeps what is put into it, and can be told to behave otherwise. */
export interface HttpStorage extends AsyncDisposable {
  readonly url: string
  /** Files that arrived whole, in order, each as often as it came. */
  readonly files: ReceivedFile[]
  /** Bytes of bodies so far, those of files that did not arrive whole included. */
  bytes(): number
  /** Takes the place of the usual answer; false: the usual one after all. */
  misbehave: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
}

export async function openHttpStorage(port = 0): Promise<HttpStorage> {
  const files: ReceivedFile[] = []
  let bytes = 0
  const take = (request: IncomingMessage, response: ServerResponse) => {
    request.on('data', (part: Buffer) => (bytes += part.length))
    if (storage.misbehave?.(request, response) === true) return
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('error', () => {})
    request.on('end', () => {
      const { url: path = '', method = '', headers } = request
      files.push({ path, method, headers, bytes: Buffer.concat(parts) })
      response.writeHead(201).end()
    })
  }
  const server = createServer(take)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue()
    take(request, response)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  const storage: HttpStorage = {
    url: `http://localhost:${typeof address === 'object' ? address?.port : ''}`,
    files,
    bytes: () => bytes,
    misbehave: undefined,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return storage
}
