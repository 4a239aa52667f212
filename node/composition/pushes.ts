import type { Hono } from 'hono'
import type { Settings } from '../../schemas/config.ts'
import { chunkReader } from '../adapters/chunk-read/chunk-reader.ts'
import { createGuardedUploader } from '../adapters/http-fetch/guarded-uploader.ts'
import { createSinkOpener } from '../adapters/push-sinks/open-sink.ts'
import { createPushStore } from '../adapters/sqlite/push-store.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Identity } from '../identity/operations.ts'
import type { Ledger } from '../ledger/operations.ts'
import type { Negotiations } from '../negotiation/operations.ts'
import type { Transfers } from '../transfer/operations.ts'
import { pushEvidenceJob } from '../transfer/push-evidence.ts'
import { pushJob } from '../transfer/push-job.ts'
import { pushRoutes } from '../transfer/push-routes.ts'
import type { Ports } from './ports.ts'

const IDLE_MS = 30_000
const ANSWER_MS = 120_000
/** Bytes per second; who takes fewer is tried again later. */
const SLOWEST = 16_384

export interface PushNeeds {
  readonly settings: Settings
  readonly identity: Identity
  readonly negotiations: Negotiations
  readonly ledger: Ledger
  readonly datasets: Datasets
  readonly transfers: Transfers
}

/** Pushes, with their jobs registered. */
export function composePushes(ports: Ports, needs: PushNeeds): { readonly managementRoutes: readonly Hono[] } {
  const { transferBytesPerSecond: rate, pushPatienceSeconds } = needs.settings
  const store = createPushStore(ports.db)
  const times = { idleMs: IDLE_MS, answerMs: ANSWER_MS, slowest: Math.min(SLOWEST, (rate ?? SLOWEST) / 2) }
  const openSink = createSinkOpener({ uploader: createGuardedUploader(needs.settings), clock: ports.clock, times })
  const job = pushJob({
    ...ports,
    ...needs,
    store,
    openSink,
    chunks: chunkReader,
    patienceMs: pushPatienceSeconds * 1000,
    ...(rate === undefined ? {} : { bytesPerSecond: rate }),
  })
  for (const each of [job, pushEvidenceJob({ ...ports, ...needs })]) ports.queue.register(each)
  return { managementRoutes: [pushRoutes({ transfers: needs.transfers, store })] }
}
