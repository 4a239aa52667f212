import { readFileSync } from 'node:fs'
import { type RequestListener, type Server, createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { Refused } from '../../protocol/refusal.ts'

export interface ListenerOptions {
  readonly name: 'public' | 'management'
  readonly host: string
  readonly port: number
  /** Longest time that a request may take to arrive whole; absent: any. Answers may take longer. */
  readonly receiveMs?: number
  /** A connection on which nothing moves for so long is closed; absent: never. */
  readonly idleMs?: number
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string }
}

export interface Listener {
  readonly port: number
  /** Stops accepting, lets running requests finish for at most `drainMs`, then closes their connections. */
  close(drainMs: number): Promise<void>
}

const headersMs = 20_000
const checkEveryMs = 10_000

/** Binds one of the node's two listeners; refuses with `port-taken` when another process has the port. */
export async function listen(app: Hono, options: ListenerOptions): Promise<Listener> {
  const answer = getRequestListener(app.fetch)
  const handler: RequestListener = (request, response) => void answer(request, response)
  const { receiveMs } = options
  const limits = receiveMs === undefined ? {} : { connectionsCheckingInterval: Math.min(receiveMs, checkEveryMs) }
  const server: Server =
    options.tls === undefined
      ? createServer(limits, handler)
      : createTlsServer(
          {
            ...limits,
            cert: readPem(options.tls.certificateFile, 'tlsCertificate'),
            key: readPem(options.tls.keyFile, 'tlsKey'),
            minVersion: 'TLSv1.2',
          },
          handler,
        )
  server.requestTimeout = receiveMs ?? 0
  server.timeout = options.idleMs ?? 0
  server.headersTimeout = Math.min(receiveMs ?? headersMs, headersMs)
  server.keepAliveTimeout = 30_000
  await bind(server, options)
  return {
    port: (server.address() as AddressInfo).port,
    close: (drainMs) => close(server, drainMs),
  }
}

function readPem(file: string, setting: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    const hint = 'Name readable PEM files with tlsCertificate and tlsKey, or leave both out behind a reverse proxy.'
    throw new Refused({ code: 'setting-invalid', detail: `the file of ${setting} cannot be read`, hint }, { cause })
  }
}

function bind(server: Server, { name, host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return reject(error)
      const setting = name === 'public' ? 'publicPort' : 'managementPort'
      reject(
        new Refused(
          {
            code: 'port-taken',
            detail: `the ${name} listener cannot use port ${port} of ${host}`,
            hint: `Stop the program that uses it, or set another ${setting}. A node's DID contains its public port: choose it before node init.`,
          },
          { cause: error },
        ),
      )
    })
    server.listen(port, host, () => resolve())
  })
}

async function close(server: Server, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // A connection whose request ends from now on is idle only after its response was flushed. First of all: some are answered at once.
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'))
  const sweep = setInterval(() => server.closeIdleConnections(), 10)
  const force = setTimeout(() => server.closeAllConnections(), drainMs)
  await closed
  clearTimeout(force)
  clearInterval(sweep)
}
