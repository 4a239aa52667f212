import type { OpenSink } from '../../ports/push-sink.ts'
import { createHttpSink } from './http-sink.ts'
import { createS3Sink, type S3SinkOptions } from './s3-sink.ts'

/** The storage that a push goes to, by the kind of its address. */
export function createSinkOpener(options: S3SinkOptions): OpenSink {
  const { uploader, times } = options
  return (sink) => (sink.kind === 's3' ? createS3Sink(options, sink) : createHttpSink(uploader, sink, times))
}
