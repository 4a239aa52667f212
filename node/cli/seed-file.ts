import { createReadStream } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { type Readable, Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Refused, refuse } from '../../protocol/refusal.ts'
import type { SeedFormat } from '../../schemas/seeds.ts'

const notGzip = {
  code: 'table-invalid',
  detail: 'the file ends with .gz and cannot be unpacked',
  hint: 'Pack it again with gzip, or name the unpacked file.',
} as const

export interface SeedFile {
  readonly format: SeedFormat
  /** Bytes of the table; a `.gz` file is unpacked on the way. */
  readonly content: Readable
}

/** Opens a table file; `onBytes` is told how many of its bytes were read. */
export async function openSeedFile(
  path: string,
  options: { readonly format: string | undefined; readonly onBytes: (bytes: number) => void },
): Promise<SeedFile> {
  await access(path, constants.R_OK).catch(() =>
    refuse('not-found', `the file ${path} cannot be read`, 'Check the path and its rights.'),
  )
  if (!(await stat(path)).isFile()) refuse('not-found', `${path} is no file`, 'Name one file that holds the table.')
  const packed = path.endsWith('.gz')
  const format = formatOf(options.format ?? (packed ? path.slice(0, -3) : path).split('.').at(-1) ?? '')
  let bytes = 0
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length
      options.onBytes(bytes)
      done(null, chunk)
    },
  })
  const file = createReadStream(path, { highWaterMark: 1 << 20 })
  const content = packed ? createGunzip() : undefined
  // Whoever reads it hears of the failure; nobody may be reading yet.
  counted.on('error', () => {})
  file.on('error', (error) => counted.destroy(error))
  content?.on('error', (cause) => counted.destroy(new Refused(notGzip, { cause })))
  const plain: Readable = content === undefined ? file : file.pipe(content)
  return { format, content: plain.pipe(counted) }
}

function formatOf(name: string): SeedFormat {
  const known: Readonly<Record<string, SeedFormat>> = {
    csv: 'csv',
    parquet: 'parquet',
    jsonl: 'jsonl',
    ndjson: 'jsonl',
  }
  return (
    known[name.toLowerCase()] ??
    refuse('unsupported', 'the format of the file is not known', 'Say --format csv, parquet or jsonl.')
  )
}
