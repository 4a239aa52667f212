import { AwsV4Signer } from 'aws4fetch'
import { s3Origin } from '../../../protocol/transfer/sink-address.ts'
import type { S3Sink } from '../../../schemas/pushes.ts'
import type { Clock } from '../../ports/clock.ts'
import type { HttpResponse } from '../../ports/http-client.ts'
import type { Upload, UploadBody, Uploader } from '../../ports/uploader.ts'
import { type SinkTimes, timesFor } from './storage-answer.ts'

/** SHA-256 of nothing. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

export interface S3Request {
  readonly method: Upload['method']
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: UploadBody
  /** Of the body, lower-case hexadecimal: it is signed, and the storage compares it with what arrives. */
  readonly sha256?: string
  readonly signal?: AbortSignal
}

export interface S3Deps {
  readonly uploader: Uploader
  readonly clock: Clock
  readonly times: SinkTimes
}

/** Sends requests about keys of one bucket, signed with AWS Signature Version 4. */
export function createS3Requests({ uploader, clock, times }: S3Deps, sink: S3Sink) {
  const origin = s3Origin(sink)
  return async (request: S3Request): Promise<HttpResponse> => {
    const { method, key, query = {}, body, signal } = request
    const url = new URL(`${origin}/${key.split('/').map(encodeRfc3986).join('/')}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...request.headers, 'x-amz-content-sha256': request.sha256 ?? EMPTY },
      accessKeyId: sink.accessKeyId,
      secretAccessKey: sink.secretAccessKey,
      service: 's3',
      region: sink.region,
      datetime: new Date(clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
      ...(sink.sessionToken === undefined ? {} : { sessionToken: sink.sessionToken }),
    })
    const signed = await signer.sign()
    return uploader.send({
      method,
      url: signed.url.href,
      headers: Object.fromEntries(signed.headers),
      ...timesFor(times, body?.size ?? 0),
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    })
  }
}

/** As the signature encodes it, so that what is sent is what was signed. */
function encodeRfc3986(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
