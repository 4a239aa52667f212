import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { Agent } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'

export interface FloorOptions {
  /** Requests of one round, one after the other. */
  readonly requests: number
  /** Durable commits of one round. */
  readonly commits: number
  readonly rounds: number
}

/** What the transport and the disk alone need: ms of each round, requests over kept connections and commits with synchronous=FULL. */
export async function measureFloor({ requests, commits, rounds }: FloorOptions): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tanemaki-floor-'))
  const db = new BetterSqlite3(join(folder, 'floor.sqlite'))
  const server = createServer((incoming, response) => incoming.resume().on('end', () => response.end('{}')))
  const agent = new Agent({ keepAlive: true })
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.exec('create table floor (id integer primary key, body text)')
    const insert = db.prepare('insert into floor (body) values (?)')
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const body = 'x'.repeat(2000)
    const times: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const started = performance.now()
      for (let count = 0; count < requests; count += 1) await post(server, agent, body)
      for (let count = 0; count < commits; count += 1) insert.run(body)
      times.push(performance.now() - started)
    }
    return times
  } finally {
    agent.destroy()
    server.close()
    db.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function post(server: Server, agent: Agent, body: string): Promise<void> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method: 'POST', agent }, (incoming) =>
      incoming.resume().on('end', resolve),
    )
    outgoing.on('error', reject).end(body)
  })
}
