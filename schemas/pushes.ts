import * as z from 'zod'
import { Instant, Iri, ONE_LINE } from './ids.ts'

/** Words of visible characters (RFC 9110 §5.5): nothing that could begin another header field or request. */
const HeaderValue = z
  .string()
  .max(8192)
  .regex(/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/, 'not a header value')

/** What the sender of a request says itself; a receiver's address may not. */
const RESERVED = new Set([
  'connection',
  'content-digest',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'digest',
  'expect',
  'host',
  'keep-alive',
  'repr-digest',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const HeaderName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'not a header name')
  .refine((name) => !RESERVED.has(name.toLowerCase()) && !/^proxy-/i.test(name), 'a header that the sender sets itself')

const SinkUrl = z.url({ protocol: /^https?$/ }).max(4096)

/** One request a file to `<url>/<file name>`. */
export const HttpSink = z.strictObject({
  kind: z.literal('http'),
  url: SinkUrl,
  method: z.enum(['PUT', 'POST']).default('PUT'),
  /** The receiver's authorization among them. */
  headers: z.record(HeaderName, HeaderValue).default({}),
})
export type HttpSink = z.infer<typeof HttpSink>

const oneLine = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[\x21-\x7e]+$/, 'not visible characters')

/** A bucket, with keys that may write into it. */
export const S3Sink = z.strictObject({
  kind: z.literal('s3'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'not the name of a bucket'),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'not a region')
    .default('us-east-1'),
  /** Server of the bucket; absent: that of AWS in the region. */
  endpoint: SinkUrl.optional(),
  /** In front of every name. */
  prefix: z
    .string()
    .max(512)
    .refine((prefix) => prefix === '' || ONE_LINE.test(prefix), 'control characters in the prefix')
    .refine((prefix) => !prefix.split('/').some((part) => part === '..' || part === '.'), 'dots as a folder name')
    .default(''),
  accessKeyId: oneLine(256),
  secretAccessKey: oneLine(1024),
  sessionToken: oneLine(8192).optional(),
})
export type S3Sink = z.infer<typeof S3Sink>

/** A signed PUT address for each file name. */
export const PresignedSink = z.strictObject({
  kind: z.literal('presigned'),
  urls: z.record(z.string().max(128), SinkUrl).refine((urls) => Object.keys(urls).length > 0, 'no address'),
})
export type PresignedSink = z.infer<typeof PresignedSink>

/** Where a push goes: secrets included, so it is sealed wherever it is kept and never shown. */
export const Sink = z.discriminatedUnion('kind', [HttpSink, S3Sink, PresignedSink])
export type Sink = z.infer<typeof Sink>

/** What a person asks for: a push of an agreed dataset into storage of their own. */
export const PushRequest = z.strictObject({ agreement: Iri, to: Sink })
export type PushRequest = z.infer<typeof PushRequest>

/** An upload in parts that the receiver has begun to take: what is acknowledged is not sent again. */
export const OpenUpload = z.object({
  uploadId: z.string().min(1).max(2048),
  partSize: z.int().positive(),
  /** In order, without gaps, from part 1. */
  parts: z.array(z.object({ etag: z.string().max(256) })).max(10_000),
})
export type OpenUpload = z.infer<typeof OpenUpload>

/** One file of a push at the provider. sent: the receiver has acknowledged all of it. */
export const PushedFile = z.object({
  name: z.string(),
  size: z.int().nonnegative(),
  state: z.enum(['open', 'sent']),
  upload: OpenUpload.optional(),
  /** Of the last acknowledgement. */
  at: Instant,
})
export type PushedFile = z.infer<typeof PushedFile>

/** How far a push is, as its provider knows it. Bytes of parts that are acknowledged are counted. */
export const PushProgress = z.object({
  files: z.array(PushedFile.omit({ upload: true }).extend({ acknowledged: z.int().nonnegative() })),
})
export type PushProgress = z.infer<typeof PushProgress>

/** Queue of pushes; the key and payload are the provider's process id. */
export const PUSH_QUEUE = 'transfer-push'
/** Queue of pushes that are complete, whose manifests the consumer fetches; the key and payload are its process id. */
export const PUSH_EVIDENCE_QUEUE = 'push-evidence'
/** Payload of both queues. */
export const PushJob = z.object({ pid: Iri })
