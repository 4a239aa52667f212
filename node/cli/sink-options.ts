import { parse } from 'yaml'
import * as z from 'zod'
import { refuse, Refused } from '../../protocol/refusal.ts'
import { Sink } from '../../schemas/pushes.ts'
import { storageKeysFromEnvironment } from '../config/env.ts'
import { parseDocument } from './parse-document.ts'
import { readSecretText } from './secret-file.ts'

/** Options of `copy push` that say where the bytes go. Secrets come from files and the environment, never from arguments. */
export interface SinkOptions {
  readonly to?: string
  readonly method?: string
  readonly headerFile?: string
  readonly region?: string
  readonly endpoint?: string
  readonly keyFile?: string
  readonly presigned?: string
}

const Keys = z.strictObject({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string().optional(),
})

/** The storage that the options name. Throws Refused `invalid-request`. */
export function sinkOf(options: SinkOptions): Sink {
  const { to, presigned } = options
  if ((to === undefined) === (presigned === undefined)) {
    refuse('invalid-request', 'one of --to and --presigned is needed', 'Say where the provider is to put the files.')
  }
  if (presigned !== undefined) {
    return checked({ kind: 'presigned', urls: parseSecret(presigned, z.record(z.string(), z.string())) })
  }
  return checked(to?.startsWith('s3://') === true ? bucketOf(to, options) : addressOf(to ?? '', options))
}

function checked(claim: unknown): Sink {
  const parsed = Sink.safeParse(claim)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  return refuse(
    'invalid-request',
    `the storage is not described well: ${String(issue?.path[0] ?? 'address')} ${issue?.message ?? ''}`,
    'An https address, or s3://bucket/prefix with its keys: tanemaki copy push --help.',
  )
}

function addressOf(url: string, { method, headerFile }: SinkOptions): unknown {
  return {
    kind: 'http',
    url,
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(headerFile === undefined ? {} : { headers: headersIn(readSecretText(headerFile)) }),
  }
}

/** Lines `Name: value`. */
function headersIn(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const entries = lines.map((line, index) => {
    const [, name, value] = /^([^:\s]+):\s*(.+?)\s*$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) return [name.toLowerCase(), value] as const
    return refuse(
      'invalid-request',
      `line ${index + 1} of the header file is no header`,
      'Write: Authorization: Bearer TOKEN',
    )
  })
  return Object.fromEntries(entries)
}

function bucketOf(to: string, { region, endpoint, keyFile }: SinkOptions): unknown {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(to) ?? []
  const environment = storageKeysFromEnvironment()
  const keys = keyFile === undefined ? environment : parseSecret(keyFile, Keys)
  if (keys.accessKeyId === undefined || keys.secretAccessKey === undefined) {
    refuse(
      'invalid-request',
      'the keys of the bucket are missing',
      'Name a --key-file, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    )
  }
  const { accessKeyId, secretAccessKey, sessionToken } = keys
  const where = region ?? environment.region
  return {
    kind: 's3',
    bucket,
    prefix,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(where === undefined ? {} : { region: where }),
    ...(endpoint === undefined ? {} : { endpoint }),
  }
}

function parseSecret<Schema extends z.ZodType>(path: string, schema: Schema): z.infer<Schema> {
  const text = readSecretText(path)
  try {
    return parseDocument(schema, parse(text, { prettyErrors: false, logLevel: 'error' }))
  } catch (error) {
    if (error instanceof Refused) throw error
    // What the parser says quotes the file.
    return refuse('invalid-request', `the file ${path} is neither YAML nor JSON`, 'Correct it.')
  }
}
