import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { Refused, refuse } from '../../protocol/refusal.ts'
import { NoticeMessage } from '../../schemas/copies.ts'
import { parseBody } from '../http/parse-body.ts'
import type { FileSender } from '../ports/file-sender.ts'
import { errorFields, type Logger } from '../telemetry/logger.ts'
import type { Datasets, ServedFile } from '../datasets/operations.ts'
import type { Identity } from '../identity/operations.ts'
import type { CopyNotices } from './copies-notices.ts'
import type { Transfers } from './operations.ts'
import type { ServedDocuments } from './serve-documents.ts'
import { servedRange } from './serve-range.ts'

const MAX_PIECE = 1 << 20
/** A puller needs one; every answer holds a file and two pieces of it in memory. */
const ANSWERS_PER_TRANSFER = 16

export interface DataRouteDeps {
  readonly transfers: Pick<Transfers, 'resolveAccess'>
  readonly datasets: Pick<Datasets, 'servedFile'>
  readonly documents: ServedDocuments
  readonly notices: Pick<CopyNotices, 'receive'>
  readonly identity: Pick<Identity, 'authenticate'>
  readonly sender: FileSender
  readonly log: Logger
  readonly bytesPerSecond?: number
}

/** Bytes of agreed datasets, and the signed statements and documents about published ones. */
export function dataRoutes(deps: DataRouteDeps): Hono {
  const { documents, identity, notices } = deps
  const running = new Map<string, number>()
  const peerOf = (c: Context) => identity.authenticate(c.req.header('authorization'))
  return new Hono()
    .get('/data/:transfer/:resource', (c) => serveData({ ...deps, running }, c))
    .get('/manifests/:id', async (c) => {
      const envelope = await documents.manifest(await peerOf(c), c.req.param('id'))
      return c.json(envelope, 200, { 'cache-control': 'private, max-age=31536000, immutable' })
    })
    .get('/manifests/:id/tlog-proof', async (c) => {
      const proof = await documents.proof(await peerOf(c), c.req.param('id'))
      return c.body(proof, 200, { 'content-type': 'text/plain; charset=utf-8' })
    })
    .get('/manifests/:id/croissant.json', async (c) => {
      const rendering = await documents.rendering(await peerOf(c), c.req.param('id'))
      const mediaType = 'application/ld+json; profile="http://mlcommons.org/croissant/1.1"'
      return c.body(JSON.stringify(rendering), 200, { 'content-type': mediaType })
    })
    .get('/objects/:sha256', async (c) =>
      sendDocument(c, await documents.object(await peerOf(c), c.req.param('sha256'))),
    )
    .get('/objects/:sha256/:name', async (c) =>
      sendDocument(c, await documents.object(await peerOf(c), c.req.param('sha256'))),
    )
    .post('/notices', async (c) => {
      const peer = await peerOf(c)
      await notices.receive(peer.id, await parseBody(c, NoticeMessage))
      return c.body(null, 204)
    })
}

function sendDocument(c: Context, { bytes, mediaType }: { bytes: Uint8Array; mediaType: string }): Response {
  const headers = { 'content-type': mediaType, 'cache-control': 'private, max-age=31536000, immutable' }
  return c.body(Uint8Array.from(bytes), 200, headers)
}

interface Serving extends DataRouteDeps {
  /** Answers on their way, by transfer. */
  readonly running: Map<string, number>
}

async function serveData(deps: Serving, c: Context): Promise<Response> {
  const transferId = c.req.param('transfer') ?? ''
  const token = /^(?:Bearer )?([\x21-\x7e]+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (token === undefined)
    refuse('unauthorized', 'this address needs the token of a running transfer', 'Start a transfer.')
  const access = await deps.transfers.resolveAccess(token, transferId)
  if ('code' in access) throw new Refused(access)
  const file = await fileOf(deps, access.datasetId, c.req.param('resource') ?? '')
  const range = servedRange(c.req.header('range'), file.size)
  const headers = { 'accept-ranges': 'bytes', 'cache-control': 'private, no-store', 'content-type': file.mediaType }
  if (range.kind === 'unsatisfiable') return c.body(null, 416, { 'content-range': `bytes */${file.size}` })
  const part = range.kind === 'part' ? { 'content-range': `bytes ${range.start}-${range.end - 1}/${file.size}` } : {}
  const status = range.kind === 'part' ? 206 : 200
  const head = { ...headers, ...part, 'content-length': String(range.end - range.start) }
  if (c.req.method === 'HEAD') return c.body(null, status, head)
  return sending(deps.running, transferId, async () => {
    const { outgoing } = c.env as HttpBindings
    outgoing.writeHead(status, head)
    await sendFile(deps, { file, range, transferId, token, outgoing })
    return RESPONSE_ALREADY_SENT
  })
}

/** Refuses one answer too many, and counts the others while they last. */
async function sending(
  running: Map<string, number>,
  transferId: string,
  send: () => Promise<Response>,
): Promise<Response> {
  const others = running.get(transferId) ?? 0
  if (others >= ANSWERS_PER_TRANSFER) {
    refuse('unavailable', 'this transfer has too many answers under way', 'Read them to their end first.')
  }
  running.set(transferId, others + 1)
  try {
    return await send()
  } finally {
    const left = (running.get(transferId) ?? 1) - 1
    if (left > 0) running.set(transferId, left)
    else running.delete(transferId)
  }
}

interface Answer {
  readonly file: SentFile
  readonly range: { readonly start: number; readonly end: number }
  readonly transferId: string
  readonly token: string
  readonly outgoing: HttpBindings['outgoing']
}

async function sendFile(deps: DataRouteDeps, { file, range, transferId, token, outgoing }: Answer): Promise<void> {
  const mayContinue = async () => !('code' in (await deps.transfers.resolveAccess(token, transferId)))
  const rate = deps.bytesPerSecond === undefined ? {} : { bytesPerSecond: deps.bytesPerSecond }
  try {
    const { start, end } = range
    const piece = Math.min(file.chunk, MAX_PIECE)
    const outcome = await deps.sender.send({ path: file.path, start, end, piece, mayContinue, ...rate }, outgoing)
    if (outcome === 'sent') outgoing.end()
    else outgoing.destroy()
    if (outcome === 'stopped') deps.log.info('data-stopped', { transfer: transferId })
  } catch (error) {
    outgoing.destroy()
    deps.log.error('data-failed', { transfer: transferId, ...errorFields(error) })
  }
}

type SentFile = Pick<ServedFile, 'path' | 'size' | 'mediaType' | 'chunk'>

/** A part of the dataset, or with `.leaves` behind its name the list of its leaf hashes. */
async function fileOf({ datasets }: DataRouteDeps, datasetId: string, name: string): Promise<SentFile> {
  const leaves = name.endsWith('.leaves')
  const file = await datasets.servedFile(datasetId, leaves ? name.slice(0, -'.leaves'.length) : name)
  if (file === undefined) refuse('not-found', 'the dataset has no such file', 'The manifest names its files.')
  if (!leaves) return file
  const size = Math.ceil(file.size / file.chunk) * 32
  return { path: file.leavesPath, size, mediaType: 'application/octet-stream', chunk: MAX_PIECE }
}
