import { promisify } from 'node:util'
import { gunzipSync, gzip, gzipSync } from 'node:zlib'
import type { Gzip } from '../../ports/gzip.ts'

const inBackground = promisify<Uint8Array, { level: number }, Buffer>(gzip)

export const zlibGzip: Gzip = {
  compress: (bytes) => new Uint8Array(gzipSync(bytes)),
  pack: async (bytes) => new Uint8Array(await inBackground(bytes, { level: 1 })),
  inflate: (compressed, maxLength) => new Uint8Array(gunzipSync(compressed, { maxOutputLength: maxLength })),
}
