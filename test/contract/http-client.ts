import { describe, expect, it } from 'vitest'
import { type HttpClient, HttpFailure } from '../../node/ports/http-client.ts'

export interface HttpClientSetup {
  /** Client that may reach `base` under its development switch. */
  readonly client: HttpClient
  /** Client without the development switch. */
  readonly strict: HttpClient
  /**
   * Origin of a server that answers `/echo` with method and body as JSON, `/redirect` with 302 to `/echo`, `/long` with more
   * than 64 KiB, `/endless` without ever ending, `/slow` never; with gzip `/packed` with 10,000 spaces if gzip is accepted and
   * plain otherwise, `/bomb` with 64 MiB of zeros, `/cut` with a part of the packed bytes, `/garbled` with bytes that are no gzip.
   */
  readonly base: string
}

const refusal = (error: unknown) => (error instanceof HttpFailure ? { blocked: error.blocked } : error)

/** What every HttpClient adapter must do. */
export function httpClientContract(setup: () => HttpClientSetup): void {
  describe('guarded http', () => {
    it('sends what it is given and brings back status, headers and body', async () => {
      const { client, base } = setup()
      const answer = await client.request({ method: 'POST', url: `${base}/echo`, body: 'hello' })
      expect(answer.status).toBe(200)
      expect(answer.headers['content-type']).toContain('application/json')
      expect(JSON.parse(new TextDecoder().decode(answer.body))).toEqual({ method: 'POST', body: 'hello' })
    })

    it('follows no redirect', async () => {
      const { client, base } = setup()
      expect((await client.request({ method: 'GET', url: `${base}/redirect` })).status).toBe(302)
    })

    it.each(['/long', '/endless'])('stops reading %s where the caller said', async (path) => {
      const { client, base } = setup()
      const sent = client.request({ method: 'GET', url: `${base}${path}`, maxBytes: 65_536 })
      expect(await sent.catch(refusal)).toEqual({ blocked: false })
    })

    it('takes an answer packed with gzip when it said so, and only then', async () => {
      const { client, base } = setup()
      const url = `${base}/packed`
      for (const acceptGzip of [true, false]) {
        const { headers, body } = await client.request({ method: 'GET', url, acceptGzip, maxBytes: 10_000 })
        expect(headers['content-encoding']).toBe(acceptGzip ? 'gzip' : undefined)
        expect(new TextDecoder().decode(body)).toBe(' '.repeat(10_000))
      }
    })

    it.each([
      ['/bomb', 1 << 20],
      ['/packed', 9_999],
      ['/cut', 1 << 20],
      ['/garbled', 1 << 20],
    ])('gives no answer for %s beyond %i bytes, counted as unpacked', async (path, maxBytes) => {
      const { client, base } = setup()
      const sent = client.request({ method: 'GET', url: `${base}${path}`, acceptGzip: true, maxBytes })
      expect(await sent.catch(refusal)).toEqual({ blocked: false })
    })

    it('gives up when the time is over', async () => {
      const { client, base } = setup()
      const sent = client.request({ method: 'GET', url: `${base}/slow`, timeoutMs: 100 })
      expect(await sent.catch(refusal)).toEqual({ blocked: false })
    })

    it('refuses this machine without the development switch', async () => {
      const { strict, base } = setup()
      expect(await strict.request({ method: 'GET', url: `${base}/echo` }).catch(refusal)).toEqual({ blocked: true })
    })

    it.each([
      'http://example.com/',
      'https://127.0.0.1/',
      'https://2130706433/',
      'https://0x7f000001/',
      'https://0177.0.0.1/',
      'https://[::1]/',
      'https://[::ffff:7f00:1]/',
      'https://user:secret@example.com/',
      'https://example.com:22/',
      'https://intranet/',
      'ftp://example.com/',
      'file:///etc/passwd',
      'http://localhost.example.com/',
      'not a url',
    ])('refuses %s with and without the development switch', async (url) => {
      const { client, strict } = setup()
      for (const each of [client, strict]) {
        expect(await each.request({ method: 'GET', url }).catch(refusal)).toEqual({ blocked: true })
      }
    })
  })
}
