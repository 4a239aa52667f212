import { gunzipSync } from 'node:zlib'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { zlibGzip } from '../adapters/gzip-zlib/zlib-gzip.ts'
import { packAnswers } from './pack-answers.ts'

const long = JSON.stringify({ text: 'お'.repeat(5000) })

// Responses as the listener makes them, not those of the platform.
describe('answers in JSON', () => {
  let packs = 0
  const gzip = {
    ...zlibGzip,
    pack: (bytes: Uint8Array) => {
      packs += 1
      return zlibGzip.pack(bytes)
    },
  }
  const app = new Hono()
    .use(packAnswers(gzip))
    .get('/long', (c) => c.body(long, 200, { 'content-type': 'application/json', link: '<a>; rel="next"' }))
    .get('/refused', (c) => c.body(long, 400, { 'content-type': 'application/problem+json' }))
    .get('/short', (c) => c.json({ short: true }))
    .get('/bytes', (c) => c.body('x'.repeat(5000), 200, { 'content-type': 'application/octet-stream' }))
    .get('/nothing', (c) => c.body(null, 404))
  getRequestListener(app.fetch)
  const get = (path: string, encodings?: string) =>
    app.request(path, encodings === undefined ? {} : { headers: { 'accept-encoding': encodings } })

  it.each(['gzip', 'br, GZIP;q=0.5', '*', 'identity;q=0.1, gzip'])('are packed for who takes %s', async (encodings) => {
    const answer = await get('/long', encodings)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/json',
      link: '<a>; rel="next"',
      vary: 'accept-encoding',
    })
    const bytes = new Uint8Array(await answer.arrayBuffer())
    expect(bytes.length).toBeLessThan(1000)
    expect(gunzipSync(bytes).toString()).toBe(long)
  })

  it.each([undefined, 'identity', 'br', 'gzip;q=0', 'gzip;q=0, *', ''])(
    'are plain for who takes %s',
    async (encodings) => {
      const answer = await get('/long', encodings)
      expect(answer.headers.get('content-encoding')).toBeNull()
      expect(answer.headers.get('vary')).toBe('accept-encoding')
      expect(await answer.text()).toBe(long)
    },
  )

  it('keep their status, and are not packed twice', async () => {
    await get('/long', 'gzip')
    const before = packs
    const refused = await get('/refused', 'gzip')
    expect(refused.status).toBe(400)
    expect(gunzipSync(new Uint8Array(await refused.arrayBuffer())).toString()).toBe(long)
    expect(packs).toBe(before)
  })

  it.each(['/short', '/bytes', '/nothing'])('only when it pays: %s is sent as it is', async (path) => {
    const [packed, plain] = [await get(path, 'gzip'), await get(path)]
    expect(packed.headers.get('content-encoding')).toBeNull()
    expect(packed.status).toBe(plain.status)
    expect(await packed.text()).toBe(await plain.text())
  })
})
