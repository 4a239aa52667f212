import { utf8 } from '../../protocol/canonical/hash.ts'
import { openCheckpoint } from '../../protocol/ledger/checkpoint.ts'
import type { AnnouncedLog } from '../../protocol/ledger/party.ts'
import { ENTRIES, type LogFile, type TileId, tilePath, tilesOfSize } from '../../protocol/ledger/tiles.ts'
import { type HttpClient, HttpFailure } from '../ports/http-client.ts'
import type { Ledger } from './operations.ts'

/** How many older checkpoints of the own log go along. */
const OLDER_CHECKPOINTS = 64
/** A log beyond this size is not fetched from a peer. */
const LARGEST_PEER_LOG = 1_000_000
const PARALLEL = 8

/** Files of the own log at one head, with older checkpoints in `checkpoint.d`. Empty for an empty log. */
export async function* ownLogFiles(
  ledger: Ledger,
  head: { readonly size: number; readonly checkpoint: string },
): AsyncGenerator<LogFile> {
  yield { path: 'checkpoint', bytes: utf8(head.checkpoint) }
  for (const older of await ledger.heads(OLDER_CHECKPOINTS, head.size))
    yield { path: `checkpoint.d/${older.size}`, bytes: utf8(older.checkpoint) }
  for (const id of tilesOfSize(head.size)) {
    const bytes = await ledger.tile(tilePath(id))
    if (bytes === undefined) throw new Error('a tile of the log is missing')
    yield { path: tilePath(id), bytes }
  }
}

/**
 * Files of a peer's log as it serves them now; undefined when it cannot be had whole or is not signed by its key. Nothing else
 * is checked: the auditor does.
 */
export async function fetchLogFiles(http: HttpClient, log: AnnouncedLog): Promise<LogFile[] | undefined> {
  const note = await get(http, `${log.url}/checkpoint`, 65_536)
  const text = note === undefined ? '' : new TextDecoder().decode(note)
  const checkpoint = openCheckpoint(text, log.key)
  if (note === undefined || checkpoint === undefined || checkpoint.size > LARGEST_PEER_LOG) return undefined
  const files: LogFile[] = [{ path: 'checkpoint', bytes: note }]
  const wanted = [...tilesOfSize(checkpoint.size)]
  for (let at = 0; at < wanted.length; at += PARALLEL) {
    const batch = await Promise.all(wanted.slice(at, at + PARALLEL).map((id) => fetchTile(http, log.url, id)))
    const whole = batch.filter((file) => file !== undefined)
    if (whole.length < batch.length) return undefined
    files.push(...whole)
  }
  return files
}

async function fetchTile(http: HttpClient, url: string, id: TileId): Promise<LogFile | undefined> {
  const path = tilePath(id)
  const bytes = await get(http, `${url}/${path}`, id.level === ENTRIES ? 256 * 65_537 : 8192)
  return bytes === undefined ? undefined : { path, bytes }
}

async function get(http: HttpClient, url: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    const { status, body } = await http.request({ method: 'GET', url, maxBytes })
    return status === 200 ? body : undefined
  } catch (error) {
    if (error instanceof HttpFailure) return undefined
    throw error
  }
}
