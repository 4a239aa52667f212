import { gunzipSync, gzipSync } from 'node:zlib'
import type { Gzip } from '../../ports/gzip.ts'

export const zlibGzip: Gzip = {
  compress: (bytes) => new Uint8Array(gzipSync(bytes)),
  inflate: (compressed, maxLength) => new Uint8Array(gunzipSync(compressed, { maxOutputLength: maxLength })),
}
