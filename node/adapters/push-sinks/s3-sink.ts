import { createHash } from 'node:crypto'
import type { OpenUpload, S3Sink } from '../../../schemas/pushes.ts'
import type { HttpResponse } from '../../ports/http-client.ts'
import { type PushSink, type PutOptions, SinkBusy, type SinkFile, SinkRefusal } from '../../ports/push-sink.ts'
import { createS3Requests, type S3Deps, type S3Request } from './s3-requests.ts'
import { expectTaken } from './storage-answer.ts'

/** Multiple of every chunk size; S3 takes parts of 5 MiB and more, and 10,000 of them. */
const PART = 16 << 20
const MOST_PARTS = 10_000
/** Of the object, so that an upload whose end was not heard is known again. */
const DIGEST_HEADER = 'x-amz-meta-sha256'

export interface S3SinkOptions extends S3Deps {
  /** Files above it go in parts of this size. Default 16 MiB. */
  readonly partSize?: number
}

/** A bucket: small files with one request, large ones in parts, of which no acknowledged one is sent again. */
export function createS3Sink(options: S3SinkOptions, sink: S3Sink): PushSink {
  const request = createS3Requests(options, sink)
  const prefix = sink.prefix.replace(/^\/+|\/+$/g, '')
  const keyOf = (name: string) => (prefix === '' ? name : `${prefix}/${name}`)
  return {
    put: async (file, put) => {
      const putting = { request, file, put, key: keyOf(file.name), partSize: options.partSize ?? PART }
      await (file.size > putting.partSize ? putParts(putting) : putWhole(putting))
    },
    abandon: async (name, { uploadId }) => {
      const answer = await request({ method: 'DELETE', key: keyOf(name), query: { uploadId } })
      if (answer.status !== 404) expectTaken(answer, reasonOf(answer))
    },
  }
}

interface Putting {
  readonly request: (request: S3Request) => Promise<HttpResponse>
  readonly file: SinkFile
  readonly put: PutOptions
  readonly key: string
  readonly partSize: number
}

function metadata({ mediaType, sha256 }: SinkFile): Record<string, string> {
  return { 'content-type': mediaType, [DIGEST_HEADER]: sha256 }
}

async function putWhole({ request, file, put, key }: Putting): Promise<void> {
  const { size, sha256 } = file
  const body = { size, pieces: () => file.read({ start: 0, end: size }) }
  const answer = await request({ method: 'PUT', key, headers: metadata(file), body, sha256, signal: put.signal })
  expectTaken(answer, reasonOf(answer))
}

async function putParts(putting: Putting): Promise<void> {
  const { put, file } = putting
  const { uploadId, partSize, parts: sent } = put.open ?? (await begin(putting))
  const open = { uploadId, partSize, parts: [...sent] }
  const anew = () => putParts({ ...putting, put: { keep: (begun) => put.keep(begun), signal: put.signal } })
  for (let at = sent.length * partSize; at < file.size; at += partSize) {
    const etag = await putPart(putting, open, { start: at, end: Math.min(at + partSize, file.size) })
    // The storage has forgotten the upload.
    if (etag === undefined) return anew()
    open.parts.push({ etag })
    await put.keep(open)
  }
  if (!(await complete(putting, open))) await anew()
}

async function begin({ request, file, put, key, partSize }: Putting): Promise<OpenUpload> {
  let size = partSize
  while (Math.ceil(file.size / size) > MOST_PARTS) size *= 2
  const answer = await request({
    method: 'POST',
    key,
    query: { uploads: '' },
    headers: metadata(file),
    signal: put.signal,
  })
  expectTaken(answer, reasonOf(answer))
  const uploadId = elementOf(answer, 'UploadId')
  if (uploadId === undefined) throw new SinkRefusal(answer.status, 'no upload id')
  const open = { uploadId, partSize: size, parts: [] }
  await put.keep(open)
  return open
}

/** The tag of the part; undefined when the upload is not known (any more). */
async function putPart(
  { request, file, put, key }: Putting,
  { uploadId, parts }: OpenUpload,
  range: { readonly start: number; readonly end: number },
): Promise<string | undefined> {
  const answer = await request({
    method: 'PUT',
    key,
    query: { partNumber: String(parts.length + 1), uploadId },
    body: { size: range.end - range.start, pieces: () => file.read(range) },
    sha256: await file.digest(range),
    signal: put.signal,
  })
  if (isForgotten(answer)) return undefined
  expectTaken(answer, reasonOf(answer))
  const { etag } = answer.headers
  if (etag === undefined || etag.length > 256) throw new SinkRefusal(answer.status, 'no ETag')
  return etag
}

/** false: the upload is not known and no object is there, so it is to be sent anew. */
async function complete(putting: Putting, { uploadId, parts }: OpenUpload): Promise<boolean> {
  const { request, put, key } = putting
  const list = parts.map(
    ({ etag }, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`,
  )
  const xml = Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`)
  const answer = await request({
    method: 'POST',
    key,
    query: { uploadId },
    headers: { 'content-type': 'application/xml' },
    body: { size: xml.length, pieces: () => once(xml) },
    sha256: createHash('sha256').update(xml).digest('hex'),
    signal: put.signal,
  })
  if (isForgotten(answer)) return isThere(putting)
  expectTaken(answer, reasonOf(answer))
  // The answer begins before the object is put together: an error can stand behind status 200.
  if (elementOf(answer, 'Code') !== undefined) throw new SinkBusy(500)
  return true
}

/** Whether the object is there already: the answer to the end of its upload was lost. Keys that may not read do not tell. */
async function isThere({ request, file, put, key }: Putting): Promise<boolean> {
  const { status, headers } = await request({ method: 'HEAD', key, signal: put.signal })
  return status === 200 && headers[DIGEST_HEADER] === file.sha256 && headers['content-length'] === String(file.size)
}

function isForgotten(answer: HttpResponse): boolean {
  return answer.status === 404 && elementOf(answer, 'Code') === 'NoSuchUpload'
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function reasonOf(answer: HttpResponse): string | undefined {
  const code = elementOf(answer, 'Code')
  return code !== undefined && /^[A-Za-z]{1,64}$/.test(code) ? code : undefined
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

/** Text of the first element of this name in an XML answer; the answers of S3 are flat and known. */
function elementOf({ body }: HttpResponse, name: string): string | undefined {
  const text = new TextDecoder().decode(body)
  const value = new RegExp(`<${name}>([^<]{1,2048})</${name}>`).exec(text)?.[1]
  return value?.replace(/&(lt|gt|quot|apos|amp|#34|#39);/g, (_, entity: string) => {
    if (entity.startsWith('#')) return String.fromCharCode(Number(entity.slice(1)))
    return ENTITIES[entity] ?? ''
  })
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
