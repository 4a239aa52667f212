import { fileUrl } from '../../../protocol/transfer/sink-address.ts'
import type { HttpSink, PresignedSink } from '../../../schemas/pushes.ts'
import { type PushSink, type SinkFile, SinkRefusal } from '../../ports/push-sink.ts'
import type { Uploader } from '../../ports/uploader.ts'
import { expectTaken, type SinkTimes, timesFor } from './storage-answer.ts'

/** One request per file; a file that did not arrive whole is sent from its beginning. */
export function createHttpSink(uploader: Uploader, sink: HttpSink | PresignedSink, times: SinkTimes): PushSink {
  return {
    put: async (file, { signal }) => {
      const url = addressOf(sink, file.name)
      const answer = await uploader.send({
        method: sink.kind === 'http' ? sink.method : 'PUT',
        url,
        headers: sink.kind === 'http' ? { ...describe(file), ...sink.headers } : {},
        body: { size: file.size, pieces: () => file.read({ start: 0, end: file.size }) },
        signal,
        ...timesFor(times, file.size),
      })
      expectTaken(answer)
    },
    abandon: async () => {},
  }
}

/** A signed address allows no other headers than the signed ones. */
function addressOf(sink: HttpSink | PresignedSink, name: string): string {
  if (sink.kind === 'http') return fileUrl(sink.url, name)
  const url = sink.urls[name]
  if (url === undefined) throw new SinkRefusal(404, 'no address')
  return url
}

/** What comes: RFC 9530 and, for who does not know it yet, RFC 3230. */
function describe({ mediaType, sha256 }: SinkFile): Record<string, string> {
  const digest = Buffer.from(sha256, 'hex').toString('base64')
  return { 'content-type': mediaType, 'repr-digest': `sha-256=:${digest}:`, digest: `sha-256=${digest}` }
}
