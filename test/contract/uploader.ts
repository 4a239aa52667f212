import { describe, expect, it } from 'vitest'
import { HttpFailure } from '../../node/ports/http-client.ts'
import type { Upload, Uploader } from '../../node/ports/uploader.ts'

export interface UploaderSetup {
  /** May reach `base` under its development switch. */
  readonly uploader: Uploader
  /** Without the development switch. */
  readonly strict: Uploader
  /**
   * Origin of a server: `/store` answers 201 with `{method, length, sha256, headers}` of what came; `/redirect` 307 to `/store`;
   * `/forbidden` 403 as soon as it has the head and then reads nothing; `/silent` takes everything and never answers; `/deaf` reads
   * nothing; `/drop` cuts the connection after the first bytes; `/upgrade` answers 101; `/stuck` 200 and a body that stops after its
   * first byte; `/expectation` 417 to `Expect`, else as `/store`; `/long` 200 and a body that never ends.
   */
  readonly base: string
  /** Bytes of bodies that the server has received so far. */
  readonly received: () => number
}

const failure = (error: unknown) => (error instanceof HttpFailure ? { blocked: error.blocked } : error)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** What every Uploader adapter must do. */
export function uploaderContract(setup: () => UploaderSetup): void {
  const MIB = 1 << 20
  const upload = (path: string, size: number, more: Partial<Upload> = {}): Upload => ({
    method: 'PUT',
    url: `${setup().base}${path}`,
    idleMs: 2000,
    timeoutMs: 20_000,
    body: { size, pieces: () => zeros(size) },
    ...more,
  })
  async function* zeros(size: number, given: (bytes: number) => void = () => {}): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size; at += 65_536) {
      const piece = new Uint8Array(Math.min(65_536, size - at))
      given(at + piece.length)
      yield piece
    }
  }

  describe('guarded uploads', () => {
    it.each([0, 10, 3 * MIB])(
      'send a body of %s bytes with its length and headers, and bring the answer back',
      async (size) => {
        const { uploader } = setup()
        const answer = await uploader.send(upload('/store', size, { headers: { 'x-run': '7' } }))
        expect(answer.status).toBe(201)
        expect(JSON.parse(text(answer.body))).toMatchObject({
          method: 'PUT',
          length: size,
          headers: { 'x-run': '7', 'content-length': String(size) },
        })
      },
    )

    it('send requests without a body', async () => {
      const { uploader, base } = setup()
      const plain = { url: `${base}/store`, idleMs: 2000, timeoutMs: 5000 }
      const answer = await uploader.send({ ...plain, method: 'DELETE' })
      expect(JSON.parse(text(answer.body))).toMatchObject({ method: 'DELETE', length: 0 })
      expect(await uploader.send({ ...plain, method: 'HEAD' })).toMatchObject({ status: 201 })
    })

    it('follow no redirect', async () => {
      expect((await setup().uploader.send(upload('/redirect', 10))).status).toBe(307)
    })

    it('send nothing of a large body to a receiver that refuses it at once', async () => {
      const { uploader, received } = setup()
      const before = received()
      expect((await uploader.send(upload('/forbidden', 64 * MIB))).status).toBe(403)
      expect(received() - before).toBe(0)
    })

    it('send the body to a receiver that does not know the question', async () => {
      const answer = await setup().uploader.send(upload('/expectation', 2 * MIB))
      expect(JSON.parse(text(answer.body))).toMatchObject({ length: 2 * MIB })
    })

    it('read no more of an endless answer than they keep', async () => {
      const { status, body } = await setup().uploader.send(upload('/long', 10))
      expect([status, body.length]).toEqual([200, 65_536])
    })

    it.each(['/silent', '/deaf', '/stuck'])('give up on %s after its silence', async (path) => {
      const started = performance.now()
      const sent = setup().uploader.send(upload(path, 32 * MIB, { idleMs: 300 }))
      expect(await sent.catch(failure)).toEqual({ blocked: false })
      expect(performance.now() - started).toBeLessThan(5000)
    })

    it('give up when the whole time is over', async () => {
      const sent = setup().uploader.send(upload('/silent', 10, { timeoutMs: 200 }))
      expect(await sent.catch(failure)).toEqual({ blocked: false })
    })

    it.each(['/drop', '/upgrade'])('say that the connection failed at %s', async (path) => {
      const { uploader } = setup()
      expect(await uploader.send(upload(path, 32 * MIB)).catch(failure)).toEqual({ blocked: false })
    })

    it('end with the reason of the signal also while the answer is read', async () => {
      const stop = new AbortController()
      const reason = new Error('suspended')
      setTimeout(() => stop.abort(reason), 100)
      const sent = setup().uploader.send(upload('/stuck', 10, { signal: stop.signal }))
      expect(await sent.catch((error: unknown) => error)).toBe(reason)
    })

    it('end at once with the reason of the signal', async () => {
      const stop = new AbortController()
      const reason = new Error('suspended')
      setTimeout(() => stop.abort(reason), 100)
      const sent = setup().uploader.send(upload('/silent', 32 * MIB, { signal: stop.signal }))
      expect(await sent.catch((error: unknown) => error)).toBe(reason)
      const late = setup().uploader.send(upload('/store', 10, { signal: stop.signal }))
      expect(await late.catch((error: unknown) => error)).toBe(reason)
    })

    it('end with what reading the body throws, and the receiver has no whole body', async () => {
      const wrong = new Error('a wrong chunk')
      const pieces = async function* () {
        yield* zeros(65_536)
        throw wrong
      }
      const sent = setup().uploader.send(upload('/store', 4 * MIB, { body: { size: 4 * MIB, pieces } }))
      expect(await sent.catch((error: unknown) => error)).toBe(wrong)
    })

    it('read the body no faster than the receiver takes it', async () => {
      let read = 0
      const pieces = () => zeros(256 * MIB, (bytes) => (read = bytes))
      const body = { size: 256 * MIB, pieces }
      await setup()
        .uploader.send(upload('/deaf', 0, { body, idleMs: 500 }))
        .catch(failure)
      expect(read).toBeLessThan(32 * MIB)
    })

    it('refuse this machine without the development switch, and what no guarded request may reach', async () => {
      const { strict, uploader, base } = setup()
      const to = (each: Uploader, url: string) => each.send(upload('', 1, { url })).catch(failure)
      expect(await to(strict, `${base}/store`)).toEqual({ blocked: true })
      for (const url of [
        'https://127.0.0.1/',
        'https://169.254.169.254/latest',
        'http://example.com/',
        'ftp://x.example/',
      ]) {
        expect([url, await to(uploader, url)]).toEqual([url, { blocked: true }])
      }
    })
  })
}
