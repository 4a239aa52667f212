import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { refusalOf } from '../../../test/refusal-of.ts'
import { openEndpointsFile } from './endpoints-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'tanemaki-endpoints-'))
const path = join(folder, 'endpoints.json')
const here = { name: 'here', url: 'http://127.0.0.1:8080/v1' }
const hosted = { name: 'hosted', url: 'https://models.example/v1' }

function write(content: unknown, mode = 0o600): string {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode })
  chmodSync(path, mode)
  return path
}

const open = (content: unknown, mode?: number, environment: Record<string, string> = {}) =>
  openEndpointsFile(write(content, mode), { dataDir: folder, environment: (name) => environment[name] })

describe('the file of model endpoints', () => {
  afterAll(() => rmSync(folder, { recursive: true }))

  it('may be absent: then the node asks no model', async () => {
    const none = join(folder, 'none.json')
    expect(await openEndpointsFile(none, { dataDir: folder, environment: () => undefined })).toEqual([])
  })

  it('gives every endpoint the key that a file or the environment holds', async () => {
    writeFileSync(join(folder, 'hosted.key'), 'key-in-a-file\n', { mode: 0o600 })
    const endpoints = [
      { ...hosted, apiKeyFile: 'hosted.key' },
      { ...hosted, name: 'second', apiKeyEnvironment: 'SECOND_KEY' },
      here,
    ]
    const opened = await open({ endpoints }, 0o600, { SECOND_KEY: 'key-in-the-environment' })
    expect(opened.map(({ apiKey }) => apiKey)).toEqual(['key-in-a-file', 'key-in-the-environment', undefined])
  })

  it('takes prices as exact decimals', async () => {
    const price = { input: '0.150', output: 0.6, currency: 'USD' }
    const [endpoint] = await open({ endpoints: [{ ...hosted, price }] })
    expect(endpoint?.entry.price).toEqual({ input: '0.15', output: '0.6', currency: 'USD' })
  })

  it.each(['http://localhost:1/v1', 'http://127.9.9.9/v1', 'http://[::1]:8080/v1', 'http://127.1:80/v1'])(
    'lets prompts travel unencrypted on this machine: %s',
    async (url) => expect(await open({ endpoints: [{ ...here, url }] })).toHaveLength(1),
  )

  it.each([
    'http://10.0.0.7:8000/v1',
    'http://models.example/v1',
    'http://localhost.example/v1',
    'http://127.0.0.1.example/v1',
    'http://0.0.0.0:80/v1',
  ])('lets prompts travel unencrypted to another machine only where that is said: %s', async (url) => {
    const refusal = await refusalOf(open({ endpoints: [{ ...here, url }] }))
    expect(refusal.errors?.[0]).toMatchObject({
      path: 'endpoints.0.url',
      message: expect.stringContaining('plainHttp'),
    })
    expect(await open({ endpoints: [{ ...here, url, plainHttp: true }] })).toHaveLength(1)
  })

  it.each([
    ['that is no JSON', '{'],
    ['with the key itself', { endpoints: [{ ...hosted, apiKey: 'sk-secret' }] }],
    ['with the key in a header', { endpoints: [{ ...hosted, headers: { Authorization: 'Bearer sk-secret' } }] }],
    ['with the key in the address', { endpoints: [{ ...hosted, url: 'https://me:sk-secret@models.example/v1' }] }],
    ['with two places of the key', { endpoints: [{ ...hosted, apiKeyFile: 'a', apiKeyEnvironment: 'B' }] }],
    ['with a key file that is not there', { endpoints: [{ ...hosted, apiKeyFile: 'sk-none' }] }],
    ['with a variable that is not set', { endpoints: [{ ...hosted, apiKeyEnvironment: 'NONE' }] }],
    ['with a negative price', { endpoints: [{ ...hosted, price: { input: '-1', output: '1', currency: 'JPY' } }] }],
    ['with one name for two', { endpoints: [here, { ...hosted, name: 'here' }] }],
  ])('is refused %s, without a word of it', async (_, content) => {
    const refusal = await refusalOf(open(content))
    expect(refusal.code).toBe('setting-invalid')
    expect(JSON.stringify(refusal)).not.toContain('sk-secret')
  })

  it('is refused when others may read it', async () => {
    expect(await refusalOf(open({ endpoints: [here] }, 0o640))).toMatchObject({ code: 'setting-invalid' })
  })
})
