import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ByteSink, FilePart, FileSender, SendOutcome } from '../../ports/file-sender.ts'

const MAX_PIECE = 1 << 20
const MOST_IDLE_PAIRS = 8

/** Two buffers: while one is on its way to the socket, the other is filled from the disk. */
type Pair = readonly [Buffer, Buffer]

/** Buffers are reused over all requests, so that a large file costs no garbage. */
export function createFileSender(): FileSender {
  const idle: Pair[] = []
  return {
    send: async (part, out) => {
      const pair = idle.pop() ?? [Buffer.allocUnsafeSlow(MAX_PIECE), Buffer.allocUnsafeSlow(MAX_PIECE)]
      const file = await open(part.path, 'r')
      try {
        return await sendPieces({ part, out, file, pair })
      } finally {
        await file.close()
        if (idle.length < MOST_IDLE_PAIRS) idle.push(pair)
      }
    },
  }
}

interface Sending {
  readonly part: FilePart
  readonly out: ByteSink
  readonly file: FileHandle
  readonly pair: Pair
}

async function sendPieces({ part, out, file, pair }: Sending): Promise<SendOutcome> {
  const piece = Math.min(part.piece, MAX_PIECE)
  const startedAt = performance.now()
  let current = pair[0]
  let next = pair[1]
  let length = await fill(file, current.subarray(0, Math.min(piece, part.end - part.start)), part.start)
  for (let at = part.start; at < part.end;) {
    if (length === 0) throw new Error('a served file is shorter than it was')
    if (out.destroyed) return 'closed'
    if (!(await part.mayContinue())) return 'stopped'
    const written = writeTo(out, current.subarray(0, length))
    at += length
    const ahead = fill(file, next.subarray(0, Math.min(piece, part.end - at)), at)
    if (!(await written)) {
      await ahead
      return 'closed'
    }
    length = await ahead
    ;[current, next] = [next, current]
    if (part.bytesPerSecond !== undefined) await pace(startedAt, (at - part.start) / part.bytesPerSecond)
  }
  return 'sent'
}

/** Fills the buffer from the file; fewer bytes only at its end. */
async function fill(file: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let length = 0
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, position + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return length
}

/** true once the bytes left the buffer, false when the receiver is gone. */
function writeTo(out: ByteSink, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = () => resolve(false)
    out.once('close', gone)
    out.write(bytes, (error) => {
      out.off('close', gone)
      resolve(error === undefined || error === null)
    })
  })
}

async function pace(startedAt: number, seconds: number): Promise<void> {
  const ahead = seconds * 1000 - (performance.now() - startedAt)
  if (ahead > 1) await sleep(ahead)
}
