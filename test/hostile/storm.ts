import { Agent, request } from 'node:http'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import * as fc from 'fast-check'
import { databaseFile } from '../../node/config/data-folder.ts'
import type { Site } from '../network/exchange-helpers.ts'
import { letterTo } from './letters.ts'
import { type HostileRequest, hostileRequests } from './mutations.ts'
import type { LiveProcess } from './scene.ts'

/** Longest body that the public listener takes; it may close the connection on a longer one. */
const LIMIT = 256 * 1024
const answerMs = 10_000
const atOnce = 8

/** Speaks with the identity of one site. */
export interface Speaker {
  readonly site: Site
  authorization(to: Site): Promise<string>
}

export interface Target {
  readonly live: readonly LiveProcess[]
  /** Who has processes here, and one member that has none. */
  readonly speakers: readonly Speaker[]
  readonly stranger: Site
}

export interface StormResult {
  /** How often each status was the answer, by kind; 0: the connection was closed on a body that is too long. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<number, number>>
  readonly slowestMs: number
  /** Answers that a node must not give, the first of them in words. */
  readonly wrong: readonly string[]
}

interface Answer {
  readonly status: number
  readonly body: string
}

/** Sends `count` requests, every kind as often as the others, and looks at each answer. The same seed gives the same storm. */
export async function storm(target: Target, options: { count: number; seed: number }): Promise<StormResult> {
  const counts = new Map<string, Map<number, number>>()
  const wrong: string[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const waiting = sampled(target, options)
  let slowestMs = 0
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const started = performance.now()
      const answer = await send(next, { target, agent })
      slowestMs = Math.max(slowestMs, performance.now() - started)
      const kind = counts.get(next.kind) ?? new Map<number, number>()
      counts.set(next.kind, kind.set(answer.status, (kind.get(answer.status) ?? 0) + 1))
      const fault = faultOf(next, answer)
      if (fault !== undefined) wrong.push(`${next.kind}: ${fault}: ${shown(next)} → ${answer.status} ${answer.body}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  agent.destroy()
  return { counts, slowestMs, wrong }
}

function sampled({ live, stranger }: Target, { count, seed }: { count: number; seed: number }): HostileRequest[] {
  const kinds = Object.values(hostileRequests(live, stranger))
  const each = kinds.map((kind, index) =>
    fc.sample(kind, { numRuns: Math.ceil(count / kinds.length), seed: seed + index }),
  )
  const turns = Array.from({ length: Math.ceil(count / kinds.length) }, (_, turn) =>
    each.flatMap((list) => list[turn] ?? []),
  )
  return turns.flat().slice(0, count)
}

function shown({ method, path, body, headers }: HostileRequest): string {
  const text = Buffer.from(body ?? []).toString('latin1')
  return `${method} ${path.slice(0, 200)} ${JSON.stringify(headers ?? {})} ${text.slice(0, 600)}`
}

async function send(
  { from, to, path, method, headers, body }: HostileRequest,
  { target, agent }: { target: Target; agent: Agent },
): Promise<Answer> {
  const speaker = target.speakers.find(({ site }) => site === from)
  const authorization = speaker === undefined ? 'Bearer nobody' : await speaker.authorization(to)
  const { hostname, port } = new URL(to.publicUrl)
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const outgoing = request({
    // A connection on which too much was sent is closed by the other side; nothing else may wait for it.
    agent: tooLong(body) ? false : agent,
    hostname,
    port,
    method,
    path: `/dsp/2025-1${path}`,
    headers: {
      authorization,
      'content-type': 'application/json',
      'content-length': body?.length ?? 0,
      ...headers,
    },
    signal: AbortSignal.timeout(answerMs),
  })
  outgoing.on('response', (incoming) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('close', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(parts).toString() }))
  })
  outgoing.on('error', (error) => resolve({ status: 0, body: error.message }))
  outgoing.end(body)
  return promise
}

const tooLong = (body: Uint8Array | undefined) => (body?.length ?? 0) > LIMIT

function faultOf({ path, body, reads }: HostileRequest, { status, body: answer }: Answer): string | undefined {
  if (status === 0) return tooLong(body) ? undefined : 'no answer'
  if (status >= 500) return 'a server error'
  if (status < 400) return reads === true && status === 200 ? undefined : 'taken for right'
  const ofProcess = /^\/(negotiations|transfers)\//.test(new URL(path, 'http://node').pathname)
  return ofProcess && answer !== '' && !namesBothProcesses(answer) ? 'an error without both process ids' : undefined
}

/** DSP 2025-1: an error body of a negotiation or a transfer names both processes; there may be none. */
function namesBothProcesses(text: string): boolean {
  try {
    const body = JSON.parse(text) as Record<string, unknown>
    const named = typeof body['providerPid'] === 'string' && typeof body['consumerPid'] === 'string'
    return named && ['ContractNegotiationError', 'TransferError'].includes(String(body['@type']))
  } catch {
    return false
  }
}

/** What a right message is answered, to each process that may hear something: the refusals before were no accident. */
export async function stillHears(
  target: Target,
): Promise<{ readonly heard: number; readonly wrong: readonly string[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const wrong: string[] = []
  let heard = 0
  for (const process of target.live) {
    if (!process.hears.includes('termination')) continue
    const { message, ...letter } = letterTo(process, 'termination')
    const body = Buffer.from(JSON.stringify(message))
    const { status } = await send({ kind: 'right', method: 'POST', ...letter, body }, { target, agent })
    if (status === 200) heard += 1
    else wrong.push(`${process.role} ${process.machine} in ${process.state} answered ${status} to a termination`)
  }
  agent.destroy()
  return { heard, wrong }
}

const TABLES = ['negotiations', 'transfers', 'agreements', 'receipts', 'copies', 'datasets', 'leaf_queue', 'jobs']

/** Every row that exchanges have in the store of a node, in one text per row. */
export function rowsOf({ dataDir }: Site): string[] {
  const store = new BetterSqlite3(join(dataDir, databaseFile), { readonly: true })
  try {
    return TABLES.flatMap((table) =>
      store
        .prepare(`select * from ${table}`)
        .all()
        .map((row) => `${table} ${JSON.stringify(row)}`)
        .toSorted(),
    )
  } finally {
    store.close()
  }
}

/** Rows that are there in one list alone. */
export function differences(before: readonly string[], after: readonly string[]): string[] {
  const [old, fresh] = [new Set(before), new Set(after)]
  return [...before.filter((row) => !fresh.has(row)), ...after.filter((row) => !old.has(row))]
}
