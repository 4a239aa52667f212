import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import * as z from 'zod'
import { Problem } from '../../schemas/problem.ts'
import { Refused } from '../../protocol/refusal.ts'
import { managementKeyFile } from '../config/data-folder.ts'
import { loadSettings } from '../config/load.ts'

/** Client of a node's management API. Every answer is parsed with the schema given; a problem becomes a Refused. */
export interface ApiClient {
  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>>
  post<Schema extends z.ZodType>(path: string, body: unknown, schema: Schema): Promise<z.infer<Schema>>
  /** Sends raw bytes, for example a file of seeds. */
  upload<Schema extends z.ZodType>(path: string, bytes: Readable, follow: Follow<Schema>): Promise<z.infer<Schema>>
  /**
   * Calls an operation that answers NDJSON: any number of `{"progress": …}` lines, then one `{"result": …}` or
   * `{"problem": …}` line.
   */
  follow<Schema extends z.ZodType>(path: string, body: unknown, follow: Follow<Schema>): Promise<z.infer<Schema>>
}

export interface Follow<Schema extends z.ZodType> {
  readonly schema: Schema
  readonly onProgress?: (progress: unknown) => void
}

const ProgressLine = z.union([
  z.object({ progress: z.unknown() }).strict(),
  z.object({ result: z.unknown() }).strict(),
  z.object({ problem: Problem }).strict(),
])

/** The node is not running, or not where its settings say. */
export class NodeUnreachable extends Error {
  constructor(options: { cause: unknown }) {
    super('the node does not answer on its management port', options)
    this.name = 'NodeUnreachable'
  }
}

/** Something answered, but not as a node does. */
export class StrangeAnswer extends Error {
  override readonly name = 'StrangeAnswer'
}

export function createApiClient(dataDir: string): ApiClient {
  const settings = loadSettings(dataDir)
  const host = settings.managementHost === '0.0.0.0' ? '127.0.0.1' : settings.managementHost
  const base = `http://${host}:${settings.managementPort}/api`
  const authorization = `Bearer ${managementKey(dataDir)}`
  const send = async (path: string, init: RequestInit & { duplex?: 'half' }): Promise<Response> => {
    const headers = { ...(init.headers as Record<string, string>), authorization }
    const response = await fetch(`${base}${path}`, { ...init, headers }).catch((cause: unknown) => {
      throw new NodeUnreachable({ cause })
    })
    if (response.ok) return response
    throw await refusedBy(response)
  }
  const asJson = (body: unknown) => ({
    method: 'POST',
    body: JSON.stringify(body ?? {}),
    headers: { 'content-type': 'application/json' },
  })
  return {
    get: async (path, schema) => schema.parse(await bodyOf(await send(path, {}))),
    post: async (path, body, schema) => schema.parse(await bodyOf(await send(path, asJson(body)))),
    upload: async (path, bytes, follow) => {
      const body = Readable.toWeb(bytes) as ReadableStream<Uint8Array>
      const headers = { 'content-type': 'application/octet-stream' }
      const sent = send(path, { method: 'POST', body, duplex: 'half', headers })
      // The node seems to be unreachable when it is the file that cannot be read.
      return readLines(await sent.catch((error: unknown) => Promise.reject(bytes.errored ?? error)), follow)
    },
    follow: async (path, body, follow) => readLines(await send(path, asJson(body)), follow),
  }
}

function managementKey(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, managementKeyFile), 'utf8').trim()
  } catch (cause) {
    const hint = `Run the command as the user of the node; tanemaki node doctor looks at ${managementKeyFile}.`
    const detail = 'the management key in the data folder cannot be read'
    throw new Refused({ code: 'node-not-initialised', detail, hint }, { cause })
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch (cause) {
    throw new StrangeAnswer('the answer is not JSON', { cause })
  }
}

async function refusedBy(response: Response): Promise<Error> {
  const problem = Problem.safeParse(await response.json().catch(() => undefined))
  if (!problem.success) return new StrangeAnswer(`the management port answered ${response.status} without a reason`)
  const { code, detail, hint, errors } = problem.data
  return new Refused(errors === undefined ? { code, detail, hint } : { code, detail, hint, errors })
}

async function readLines<Schema extends z.ZodType>(
  response: Response,
  { schema, onProgress }: Follow<Schema>,
): Promise<z.infer<Schema>> {
  for await (const text of linesOf(response)) {
    const line = ProgressLine.parse(JSON.parse(text))
    if ('progress' in line) onProgress?.(line.progress)
    else if ('result' in line) return schema.parse(line.result)
    else {
      const { code, detail, hint, errors } = line.problem
      throw new Refused(errors === undefined ? { code, detail, hint } : { code, detail, hint, errors })
    }
  }
  throw new StrangeAnswer('the node ended its answer before the result')
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line !== '')
  }
  if (rest !== '') yield rest
}
