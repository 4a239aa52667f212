import { createHash } from 'node:crypto'
import { AwsV4Signer } from 'aws4fetch'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openS3Storage, S3_KEYS, type S3Storage } from '../../../test/network/s3-storage.ts'
import { signatureOf } from '../../../test/network/signed-request.ts'
import { seededBytes } from '../../../test/seeded-bytes.ts'
import { type OpenUpload, S3Sink } from '../../../schemas/pushes.ts'
import type { FileRange, SinkFile } from '../../ports/push-sink.ts'
import { createGuardedUploader } from '../http-fetch/guarded-uploader.ts'
import { systemClock } from '../system/system-clock.ts'
import { createS3Sink } from './s3-sink.ts'

const PART = 65_536
const times = { idleMs: 2000, answerMs: 5000, slowest: 65_536 }
const never = new AbortController().signal
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('signatures', () => {
  // AWS: Authenticating Requests (AWS Signature Version 4), examples of S3.
  const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
  const examples = [
    {
      method: 'GET',
      path: '/test.txt',
      headers: { range: 'bytes=0-9' },
      body: '',
      signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
    {
      method: 'PUT',
      path: '/test$file.text',
      headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      body: 'Welcome to Amazon S3.',
      signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    },
    {
      method: 'GET',
      path: '/?lifecycle',
      headers: {},
      body: '',
      signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    },
    {
      method: 'GET',
      path: '/?max-keys=2&prefix=J',
      headers: {},
      body: '',
      signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    },
  ]
  it.each(examples)(
    'are those of the examples of AWS: $method $path',
    async ({ method, path, headers, body, signature }) => {
      const signer = new AwsV4Signer({
        method,
        url: `https://examplebucket.s3.amazonaws.com${path}`,
        headers: { ...headers, 'x-amz-content-sha256': sha256(Buffer.from(body)) },
        ...keys,
        service: 's3',
        region: 'us-east-1',
        datetime: '20130524T000000Z',
        allHeaders: true,
      })
      const signed = await signer.sign()
      expect(signed.headers.get('authorization')).toContain(`Signature=${signature}`)
      const received = { ...Object.fromEntries(signed.headers), host: 'examplebucket.s3.amazonaws.com' }
      expect(signatureOf({ method, url: path, headers: received }, keys.secretAccessKey)).toBe(signature)
    },
  )
})

describe('a bucket', () => {
  let storage: S3Storage
  beforeEach(async () => {
    storage = await openS3Storage()
  })
  afterEach(() => storage[Symbol.asyncDispose]())

  const sinkOf = (more: object = {}) => {
    const options = {
      uploader: createGuardedUploader({ developmentLocalhost: true, privateHosts: [] }),
      clock: systemClock,
      times,
      partSize: PART,
    }
    const address = { kind: 's3', bucket: 'lab-in', endpoint: storage.endpoint, prefix: 'a b/ü+&', ...S3_KEYS, ...more }
    return createS3Sink(options, S3Sink.parse(address))
  }
  const fileOf = (bytes: Buffer, reads: FileRange[] = []): SinkFile => ({
    name: 'part-0001.parquet',
    mediaType: 'application/vnd.apache.parquet',
    size: bytes.length,
    sha256: sha256(bytes),
    read: async function* (range) {
      reads.push(range)
      yield bytes.subarray(range.start, range.end)
    },
    digest: async ({ start, end }) => sha256(bytes.subarray(start, end)),
  })
  const bytes = Buffer.from(seededBytes(9)(3 * PART + 100))
  const stored = () => storage.objects.get('/lab-in/a b/ü+&/part-0001.parquet')?.bytes

  it.each([0, 10, PART, PART + 1, 3 * PART + 100])('takes a file of %s bytes', async (size) => {
    await sinkOf().put(fileOf(bytes.subarray(0, size)), { keep: async () => {}, signal: never })
    expect(stored()?.equals(bytes.subarray(0, size))).toBe(true)
    expect(storage.open.size).toBe(0)
    expect(storage.requests.length).toBe(size <= PART ? 1 : Math.ceil(size / PART) + 2)
  })

  it('takes temporary keys, and refuses wrong ones with its word for it', async () => {
    const put = { keep: async () => {}, signal: never }
    await sinkOf({ sessionToken: 'token+/=' }).put(fileOf(bytes), put)
    expect(stored()?.equals(bytes)).toBe(true)
    const refused = sinkOf({ secretAccessKey: 'wrong' }).put(fileOf(bytes), put)
    await expect(refused).rejects.toMatchObject({ name: 'SinkRefusal', status: 403, reason: 'SignatureDoesNotMatch' })
  })

  it('is not sent a part again that it has acknowledged', async () => {
    let open: OpenUpload | undefined
    const keep = async (latest: OpenUpload) => {
      open = latest
    }
    storage.fault = (request) => (request.includes('partNumber=3') ? { status: 503, code: 'SlowDown' } : undefined)
    const first = sinkOf().put(fileOf(bytes), { keep, signal: never })
    await expect(first).rejects.toMatchObject({ name: 'SinkBusy', status: 503 })
    storage.fault = () => undefined
    const reads: FileRange[] = []
    await sinkOf().put(fileOf(bytes, reads), { keep, signal: never, ...(open === undefined ? {} : { open }) })
    expect(reads.map(({ start }) => start / PART)).toEqual([2, 3])
    expect(stored()?.equals(bytes)).toBe(true)
  })

  it('is not sent a file again when the answer to its last request was lost', async () => {
    let open: OpenUpload | undefined
    const keep = async (latest: OpenUpload) => {
      open = latest
    }
    storage.fault = (request) =>
      request.startsWith('POST') && request.includes('uploadId=') ? 'lose-answer' : undefined
    await expect(sinkOf().put(fileOf(bytes), { keep, signal: never })).rejects.toMatchObject({ name: 'HttpFailure' })
    storage.fault = () => undefined
    const reads: FileRange[] = []
    await sinkOf().put(fileOf(bytes, reads), { keep, signal: never, ...(open === undefined ? {} : { open }) })
    expect(reads).toEqual([])
    expect(stored()?.equals(bytes)).toBe(true)
  })

  it('gets everything anew when it has forgotten an upload', async () => {
    const open = { uploadId: 'expired', partSize: PART, parts: [{ etag: '"x"' }] }
    await sinkOf().put(fileOf(bytes), { keep: async () => {}, signal: never, open })
    expect(stored()?.equals(bytes)).toBe(true)
  })

  it('forgets an upload that is given up', async () => {
    let open: OpenUpload | undefined
    storage.fault = (request) => (request.includes('partNumber=2') ? { status: 403, code: 'AccessDenied' } : undefined)
    const keep = async (latest: OpenUpload) => {
      open = latest
    }
    const put = sinkOf().put(fileOf(bytes), { keep, signal: never })
    await expect(put).rejects.toMatchObject({ name: 'SinkRefusal', status: 403, reason: 'AccessDenied' })
    expect(storage.open.size).toBe(1)
    if (open !== undefined) await sinkOf().abandon('part-0001.parquet', open)
    expect(storage.open.size).toBe(0)
    await sinkOf().abandon('part-0001.parquet', { uploadId: 'expired', partSize: PART, parts: [] })
  })
})
