import { createServer } from 'node:net'

/** Below the ports that systems give to connections by themselves: one of those can be taken again before it is used. */
const LOWEST = 12_000
const HIGHEST = 32_000

/** A loopback port that nobody uses now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
