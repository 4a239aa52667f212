import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the range from which systems give ports to outgoing connections: a stopped node finds its port free again. */
const LOWEST = 12_000
const HIGHEST = 32_000

/** A loopback port that nobody used a moment ago. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST)
    if (await isFree(port)) return port
  }
  throw new Error('no free port')
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (free) await new Promise((resolve) => server.close(resolve))
  return free
}
