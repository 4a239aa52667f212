import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type Server, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGuardedHttpClient } from './guarded-http-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'tanemaki-tls-'))
const certificate = join(folder, 'certificate.pem')
const key = join(folder, 'key.pem')
const client = fileURLToPath(new URL('./guarded-http-client.ts', import.meta.url))

function makeCertificate(): boolean {
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  try {
    execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('skipped: openssl is not installed')
    return false
  }
}

const possible = makeCertificate()

describe.skipIf(!possible)('a certificate of a private authority', () => {
  let server: Server
  let url = ''
  beforeAll(async () => {
    server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_, response) =>
      response.end('ok'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `https://localhost:${(server.address() as AddressInfo).port}/`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })

  it('is refused by a node that was not told to trust it', async () => {
    const guarded = createGuardedHttpClient({ developmentLocalhost: true, privateHosts: [] })
    await expect(guarded.request({ method: 'GET', url })).rejects.toMatchObject({ name: 'HttpFailure', blocked: false })
  })

  it('is accepted by a node that was started with NODE_EXTRA_CA_CERTS', async () => {
    const script = `
      const { createGuardedHttpClient } = await import(${JSON.stringify(client)})
      const guarded = createGuardedHttpClient({ developmentLocalhost: true, privateHosts: [] })
      console.log((await guarded.request({ method: 'GET', url: ${JSON.stringify(url)} })).status)
      process.exit(0)`
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })
    expect(stdout.trim()).toBe('200')
  })
})
