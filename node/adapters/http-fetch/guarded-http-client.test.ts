import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { httpClientContract } from '../../../test/contract/http-client.ts'
import { guardedLookup, isLoopbackAddress, isPrivateAddress } from './address-guard.ts'
import { createGuardedHttpClient, guardedConnectTarget } from './guarded-http-client.ts'

const development = { developmentLocalhost: true, privateHosts: [] }
const strict = { developmentLocalhost: false, privateHosts: [] }
const bomb = gzipSync(Buffer.alloc(1 << 26))
const sockets = new Set<unknown>()
let server: Server
let base = ''

beforeAll(async () => {
  server = createServer((request, response) => {
    sockets.add(request.socket)
    if (request.url === '/redirect') return response.writeHead(302, { location: '/echo' }).end()
    if (request.url === '/long') return response.end(Buffer.alloc(65_537))
    if (request.url === '/endless') {
      const more = () => {
        while (response.write(Buffer.alloc(16_384)));
      }
      response.on('drain', more)
      return more()
    }
    if (request.url === '/slow') return undefined
    const packed = { 'content-encoding': 'gzip' }
    const spaces = Buffer.alloc(10_000, ' ')
    if (request.url === '/packed') {
      const accepted = request.headers['accept-encoding'] === 'gzip'
      return response.writeHead(200, accepted ? packed : {}).end(accepted ? gzipSync(spaces) : spaces)
    }
    if (request.url === '/bomb') return response.writeHead(200, packed).end(bomb)
    if (request.url === '/cut') return response.writeHead(200, packed).end(gzipSync(spaces).subarray(0, 30))
    if (request.url === '/garbled') return response.writeHead(200, packed).end(spaces)
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ method: request.method, body: Buffer.concat(parts).toString() }))
    })
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://localhost:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

httpClientContract(() => ({
  client: createGuardedHttpClient(development),
  strict: createGuardedHttpClient(strict),
  base,
}))

describe('address guard', () => {
  it.each([
    ['10.1.2.3', true],
    ['100.64.0.1', true],
    ['127.0.0.1', true],
    ['169.254.169.254', true],
    ['172.31.255.255', true],
    ['172.32.0.1', false],
    ['192.168.1.1', true],
    ['224.0.0.1', true],
    ['255.255.255.255', true],
    ['0.0.0.0', true],
    ['8.8.8.8', false],
    ['::', true],
    ['::1', true],
    ['::ffff:10.0.0.1', true],
    ['::ffff:8.8.8.8', false],
    ['64:ff9b::a00:1', true],
    ['fd00::1', true],
    ['fe80::1', true],
    ['2002:a00:1::', true],
    ['2606:4700::1111', false],
  ])('says whether %s is outside the public internet: %s', (address, expected) => {
    expect(isPrivateAddress(address)).toBe(expected)
  })

  it('knows loopback in both families', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1'].every(isLoopbackAddress)).toBe(true)
    expect(['10.0.0.1', 'fe80::1', '8.8.8.8'].some(isLoopbackAddress)).toBe(false)
  })

  it('refuses a public name that resolves to this machine, when the socket connects', async () => {
    const resolved = new Promise((resolve) => {
      guardedLookup('public')('localhost', { all: true }, (error) => resolve(error))
    })
    expect(await resolved).toMatchObject({ blocked: true })
  })

  it('gives a raw socket an address that was checked, and the name for the certificate', async () => {
    const port = Number(new URL(base).port)
    expect(await guardedConnectTarget(`${base}/data/1?x=2`, development)).toEqual({
      address: '127.0.0.1',
      family: 4,
      port,
      tls: false,
      host: 'localhost',
      path: '/data/1?x=2',
    })
    await expect(guardedConnectTarget(`${base}/data/1`, strict)).rejects.toMatchObject({ blocked: true })
  })

  it('keeps the connection for the next request', async () => {
    const client = createGuardedHttpClient(development)
    sockets.clear()
    for (let round = 0; round < 5; round++) await client.request({ method: 'GET', url: `${base}/echo` })
    expect(sockets.size).toBe(1)
  })
})
