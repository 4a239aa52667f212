import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { signatureOf } from './signed-request.ts'

export interface StoredObject {
  readonly bytes: Buffer
  readonly headers: IncomingMessage['headers']
}

/** What happened to a request: to be answered instead of doing it, or to be done with the answer lost. */
export type Fault = { readonly status: number; readonly code: string } | 'lose-answer' | undefined

/** Storage that speaks as much of S3 as a push needs, checks signatures and digests, and can be told to fail. */
export interface S3Storage extends AsyncDisposable {
  readonly endpoint: string
  readonly objects: Map<string, StoredObject>
  /** Uploads in parts that are neither completed nor aborted. */
  readonly open: Map<string, { key: string; parts: Buffer[]; headers: IncomingMessage['headers'] }>
  /** `PUT /bucket/key?query` of every request that was signed well. */
  readonly requests: string[]
  bytesReceived: number
  /** Asked for every signed request. */
  fault: (request: string) => Fault
}

export const S3_KEYS = { accessKeyId: 'test', secretAccessKey: 'test/secret+key' }

export async function openS3Storage(): Promise<S3Storage> {
  const storage: Omit<S3Storage, 'endpoint' | typeof Symbol.asyncDispose> = {
    objects: new Map(),
    open: new Map(),
    requests: [],
    bytesReceived: 0,
    fault: () => undefined,
  }
  const server = createServer((request, response) => {
    void handle(storage as S3Storage, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return Object.assign(storage, {
    endpoint: `http://localhost:${typeof address === 'object' ? address?.port : ''}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  })
}

async function handle(storage: S3Storage, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = (status: number, code: string) =>
    response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`)
  const { method = '', url = '', headers } = request
  const sent = /Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '')?.[1]
  if (!headers.authorization?.includes(`Credential=${S3_KEYS.accessKeyId}/`))
    return void answer(403, 'InvalidAccessKeyId')
  if (sent !== signatureOf({ method, url, headers }, S3_KEYS.secretAccessKey))
    return void answer(403, 'SignatureDoesNotMatch')
  const name = `${method} ${url}`
  storage.requests.push(name)
  const fault = storage.fault(name)
  if (typeof fault === 'object') return void answer(fault.status, fault.code)
  const parts: Buffer[] = []
  try {
    for await (const part of request) {
      parts.push(part as Buffer)
      storage.bytesReceived += (part as Buffer).length
    }
  } catch {
    return
  }
  const bytes = Buffer.concat(parts)
  if (createHash('sha256').update(bytes).digest('hex') !== headers['x-amz-content-sha256']) {
    return void answer(400, 'XAmzContentSHA256Mismatch')
  }
  const done = act(storage, { method, url, headers, bytes })
  if (fault === 'lose-answer') return void response.destroy()
  if (typeof done === 'string') answer(404, done)
  else response.writeHead(200, done.headers).end(done.xml)
}

interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly bytes: Buffer
}

let uploads = 0

function act(
  { objects, open }: S3Storage,
  { method, url, headers, bytes }: Received,
): string | { headers: Record<string, string>; xml?: string } {
  const { pathname, searchParams } = new URL(url, 'http://x')
  const key = decodeURIComponent(pathname)
  const uploadId = searchParams.get('uploadId')
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
  if (method === 'HEAD') {
    const object = objects.get(key)
    if (object === undefined) return 'NoSuchKey'
    const digest = String(object.headers['x-amz-meta-sha256'] ?? '')
    return { headers: { 'content-length': String(object.bytes.length), 'x-amz-meta-sha256': digest } }
  }
  if (method === 'POST' && searchParams.has('uploads')) {
    uploads += 1
    const id = `upload&<${uploads}>`
    open.set(id, { key, parts: [], headers })
    return {
      headers: {},
      xml: `<X><UploadId>${id.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</UploadId></X>`,
    }
  }
  if (uploadId === null) {
    objects.set(key, { bytes, headers })
    return { headers: { etag } }
  }
  const upload = open.get(uploadId)
  if (upload === undefined) return 'NoSuchUpload'
  if (method === 'PUT') upload.parts[Number(searchParams.get('partNumber')) - 1] = bytes
  else open.delete(uploadId)
  if (method === 'POST') objects.set(upload.key, { bytes: Buffer.concat(upload.parts), headers: upload.headers })
  return { headers: { etag } }
}
