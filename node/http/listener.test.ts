import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen } from './listener.ts'

const openssl = spawnSync('openssl', ['version']).status === 0
if (!openssl) console.warn('skipped: TLS listener, because there is no openssl to make certificates with')

describe('a listener', () => {
  it('lets a running request finish when it closes, and takes no new one', async () => {
    const app = new Hono()
    let release = () => {}
    const started = new Promise<void>((running) => {
      app.get('/slow', async (c) => {
        await new Promise<void>((resolve) => {
          release = resolve
          running()
        })
        return c.text('finished')
      })
    })
    const listener = await listen(app, { name: 'public', host: '127.0.0.1', port: 0 })
    const url = `http://127.0.0.1:${listener.port}/slow`
    const answer = fetch(url)
    await started
    const closed = listener.close(5000)
    release()
    expect(await (await answer).text()).toBe('finished')
    await closed
    await expect(fetch(url)).rejects.toThrow()
  })

  it('answers a request at once that was on its way when it closed', async () => {
    const app = new Hono().get('/', (c) => c.text('at once'))
    const listener = await listen(app, { name: 'public', host: '127.0.0.1', port: 0 })
    const socket = connect(listener.port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
    const ended = new Promise((resolve) => socket.on('close', resolve))
    socket.write('GET / HTTP/1.1\r\nhost: node\r\n')
    await new Promise((resolve) => setTimeout(resolve, 50))
    const closed = listener.close(5000)
    socket.write('\r\n')
    await Promise.all([closed, ended])
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toMatch(/connection: close/i)
    expect(answer).toContain('at once')
  })

  it('gives up on a request that does not arrive in time, whatever it waits for elsewhere', async () => {
    const app = new Hono().post('/', async (c) => c.text(await c.req.text())).onError((_, c) => c.text('cut off', 400))
    const listener = await listen(app, { name: 'public', host: '127.0.0.1', port: 0, receiveMs: 100 })
    const socket = connect(listener.port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
    socket.write('POST / HTTP/1.1\r\nhost: node\r\ncontent-length: 5\r\n\r\nab')
    await new Promise((resolve) => socket.on('close', resolve))
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    await listener.close(100)
  })

  it('cuts off a request that does not finish in the time to drain', async () => {
    const app = new Hono().get('/never', () => new Promise<Response>(() => {}))
    const listener = await listen(app, { name: 'public', host: '127.0.0.1', port: 0 })
    const answer = fetch(`http://127.0.0.1:${listener.port}/never`).then(
      () => 'answered',
      () => 'cut off',
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    await listener.close(50)
    expect(await answer).toBe('cut off')
  })
})

describe.skipIf(!openssl)('a listener with certificate files', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'certificates-'))
    const script = fileURLToPath(new URL('../../deploy/make-certificates.sh', import.meta.url))
    execFileSync('sh', [script, 'node.space.internal'], {
      env: { ...process.env, CERTIFICATES: folder },
      stdio: 'ignore',
    })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('speaks TLS with a certificate of the authority that the containers make', async () => {
    const listener = await listen(
      new Hono().get('/', (c) => c.text('over TLS')),
      {
        name: 'public',
        host: '127.0.0.1',
        port: 0,
        tls: {
          certificateFile: join(folder, 'node.space.internal.pem'),
          keyFile: join(folder, 'node.space.internal.key'),
        },
      },
    )
    const options = { host: '127.0.0.1', port: listener.port, servername: 'node.space.internal' }
    const body = await new Promise<string>((resolve, reject) => {
      get({ ...options, ca: readFileSync(join(folder, 'ca.pem')), agent: false }, (response) => {
        response.setEncoding('utf8').once('data', resolve)
      }).on('error', reject)
    })
    expect(body).toBe('over TLS')
    const untrusted = new Promise((resolve, reject) => {
      get({ ...options, agent: false }, resolve).on('error', reject)
    })
    await expect(untrusted).rejects.toThrow(/self-signed|unable to verify|issuer/)
    await listener.close(100)
  })

  it('says which file of the certificate cannot be read', async () => {
    const missing = { certificateFile: join(folder, 'absent.pem'), keyFile: join(folder, 'node.space.internal.key') }
    const start = listen(new Hono(), { name: 'public', host: '127.0.0.1', port: 0, tls: missing })
    await expect(start).rejects.toMatchObject({ refusal: { code: 'setting-invalid' } })
  })
})
