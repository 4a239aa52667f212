import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createFileSender } from './file-sender.ts'

const content = randomBytes(2_500_000)

async function file(): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'tanemaki-send-')), 'file')
  await writeFile(path, content)
  return path
}

/** Copies what it gets at once, as a socket does. */
function collector(onPiece: (bytes: number) => void = () => {}) {
  const pieces: Buffer[] = []
  const out = new Writable({
    write(piece: Buffer, _encoding, done) {
      pieces.push(Buffer.from(piece))
      onPiece(piece.length)
      setImmediate(done)
    },
  })
  return { out, bytes: () => Buffer.concat(pieces), pieces }
}

const always = async () => true

describe('sending a file', () => {
  it('sends exactly the asked part, also many at the same time', async () => {
    const path = await file()
    const sender = createFileSender()
    const ranges = [
      [0, content.length],
      [5, 5],
      [1_048_570, 1_048_580],
      [17, 2_400_000],
    ] as const
    await Promise.all(
      ranges.map(async ([start, end]) => {
        const { out, bytes } = collector()
        expect(await sender.send({ path, start, end, piece: 1 << 20, mayContinue: always }, out)).toBe('sent')
        expect(bytes().equals(content.subarray(start, end))).toBe(true)
      }),
    )
  })

  it('asks before every piece and stops there', async () => {
    const { out, bytes } = collector()
    let asked = 0
    const mayContinue = async () => (asked += 1) <= 3
    const part = { path: await file(), start: 0, end: content.length, piece: 16_384, mayContinue }
    expect(await createFileSender().send(part, out)).toBe('stopped')
    expect(bytes().equals(content.subarray(0, 3 * 16_384))).toBe(true)
    expect(asked).toBe(4)
  })

  it('ends when the receiver goes away', async () => {
    const { out } = collector(() => out.destroy())
    const part = { path: await file(), start: 0, end: content.length, piece: 65_536, mayContinue: always }
    expect(await createFileSender().send(part, out)).toBe('closed')
  })

  it('keeps to a rate', async () => {
    const { out } = collector()
    const startedAt = performance.now()
    const part = {
      path: await file(),
      start: 0,
      end: 200_000,
      piece: 20_000,
      mayContinue: always,
      bytesPerSecond: 1_000_000,
    }
    expect(await createFileSender().send(part, out)).toBe('sent')
    expect(performance.now() - startedAt).toBeGreaterThan(190)
  })
})
