import { describe, expect, it } from 'vitest'
import { BlobMissing, type Blobs } from '../../node/ports/blobs.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const list: Uint8Array[] = []
  for await (const piece of pieces) list.push(Uint8Array.from(piece))
  return list
}

/** What every Blobs adapter must do. `open` gives an empty store for each test. */
export function blobsContract(open: () => Promise<Blobs>): void {
  describe('blobs', () => {
    it('gives back what was written, replaced as a whole by the next write', async () => {
      const blobs = await open()
      expect(await blobs.write('a/b/c', bytes('one'))).toEqual({ size: 3 })
      expect(new TextDecoder().decode(await blobs.read('a/b/c'))).toBe('one')
      await blobs.write('a/b/c', bytes('three'))
      expect(new TextDecoder().decode(await blobs.read('a/b/c'))).toBe('three')
      expect(await blobs.stat('a/b/c')).toEqual({ size: 5 })
    })

    it('keeps the old content when a streamed write fails half-way', async () => {
      const blobs = await open()
      await blobs.write('a', bytes('old'))
      async function* failing() {
        yield bytes('ne')
        throw new Error('source ended early')
      }
      await expect(blobs.write('a', failing())).rejects.toThrow('source ended early')
      expect(new TextDecoder().decode(await blobs.read('a'))).toBe('old')
      expect(await blobs.list('a')).toEqual([])
    })

    it('streams a range in pieces of at most 1 MiB', async () => {
      const blobs = await open()
      const content = new Uint8Array(2_500_000).map((_, at) => at % 251)
      await blobs.write('big', content)
      const list = await collect(blobs.stream('big', { start: 10, end: 2_400_000 }))
      expect(list.every((piece) => piece.length <= 1 << 20)).toBe(true)
      expect(Buffer.concat(list).equals(Buffer.from(content.subarray(10, 2_400_000)))).toBe(true)
    })

    it('lists the files of a folder, sorted, and none that is absent', async () => {
      const blobs = await open()
      for (const path of ['x/b', 'x/a/c', 'x/B', 'y/z']) await blobs.write(path, bytes(path))
      expect(await blobs.list('x')).toEqual(['x/B', 'x/a/c', 'x/b'])
      expect(await blobs.list('nowhere')).toEqual([])
    })

    it('removes files and folders without complaint about absent ones', async () => {
      const blobs = await open()
      await blobs.write('x/a', bytes('1'))
      await blobs.write('x/b', bytes('2'))
      await blobs.remove('x/a')
      await blobs.remove('x/a')
      expect(await blobs.list('x')).toEqual(['x/b'])
      await blobs.remove('x')
      expect(await blobs.stat('x/b')).toBeUndefined()
    })

    it('moves a folder in one step and never onto something', async () => {
      const blobs = await open()
      await blobs.write('from/a', bytes('1'))
      await blobs.write('from/b', bytes('2'))
      await blobs.move('from', 'deep/to')
      expect(await blobs.list('deep')).toEqual(['deep/to/a', 'deep/to/b'])
      await blobs.write('from/a', bytes('3'))
      await expect(blobs.move('from', 'deep/to')).rejects.toThrow(RangeError)
      await expect(blobs.move('absent', 'there')).rejects.toThrow(BlobMissing)
    })

    it('says that nothing is stored', async () => {
      const blobs = await open()
      await expect(blobs.read('absent')).rejects.toThrow(BlobMissing)
      await expect(collect(blobs.stream('absent'))).rejects.toThrow(BlobMissing)
      expect(await blobs.stat('absent')).toBeUndefined()
    })

    for (const path of ['../a', '/a', 'a/../b', 'a//b', '', '.', 'a/.', 'a\0b']) {
      it(`refuses the path ${JSON.stringify(path)}`, async () => {
        const blobs = await open()
        await expect(blobs.write(path, bytes('x'))).rejects.toThrow(RangeError)
        expect(() => blobs.localPath(path)).toThrow(RangeError)
      })
    }
  })
}
