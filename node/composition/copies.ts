import type { Hono } from 'hono'
import type { Settings } from '../../schemas/config.ts'
import { createFileSender } from '../adapters/file-send/file-sender.ts'
import { guardedConnectTarget } from '../adapters/http-fetch/guarded-http-client.ts'
import { partReader } from '../adapters/tabular/record-reader.ts'
import { createCopiesStore } from '../adapters/sqlite/copies-store.ts'
import type { Catalogs } from '../catalog/operations.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Governance } from '../governance/operations.ts'
import type { Identity } from '../identity/operations.ts'
import type { Ledger } from '../ledger/operations.ts'
import type { Negotiations } from '../negotiation/operations.ts'
import type { CopySources } from '../ports/copy-sources.ts'
import type { DatasetChains } from '../ports/dataset-chains.ts'
import { type Copies, createCopies } from '../transfer/copies.ts'
import { createCopyNotices } from '../transfer/copies-notices.ts'
import { copiesRoutes } from '../transfer/copies-routes.ts'
import { createCopySources } from '../transfer/copy-sources.ts'
import { dataRoutes } from '../transfer/data-routes.ts'
import { createDatasetChains } from '../transfer/dataset-chains.ts'
import type { Transfers } from '../transfer/operations.ts'
import { createServedDocuments } from '../transfer/serve-documents.ts'
import type { Ports } from './ports.ts'

export interface CopiesNeeds {
  readonly settings: Settings
  readonly identity: Identity
  readonly governance: Governance
  readonly ledger: Ledger
  readonly datasets: Datasets
  readonly catalogs: Catalogs
  readonly negotiations: Negotiations
  readonly transfers: Transfers
}

export interface ComposedCopies {
  readonly copies: Copies
  readonly sources: CopySources
  readonly chains: DatasetChains
  readonly publicRoutes: readonly Hono[]
  readonly managementRoutes: readonly Hono[]
}

/** Bytes in both directions: what this node serves, and the copies it brings in. */
export function composeCopies(ports: Ports, needs: CopiesNeeds): ComposedCopies {
  const { settings } = needs
  const store = createCopiesStore(ports.db, ports.clock)
  const notices = createCopyNotices({ ...ports, ...needs, store })
  const connectTarget = (url: string) => guardedConnectTarget(url, settings)
  const copies = createCopies({ ...ports, ...needs, store, connectTarget })
  for (const job of [notices.job, ...copies.jobs]) ports.queue.register(job)
  const rate = settings.transferBytesPerSecond
  const data = dataRoutes({
    ...ports,
    ...needs,
    documents: createServedDocuments({ ...ports, ...needs }),
    notices,
    sender: createFileSender(),
    ...(rate === undefined ? {} : { bytesPerSecond: rate }),
  })
  const chains = createDatasetChains({ ...ports, ...needs, store })
  return {
    copies,
    chains,
    sources: createCopySources({ ...ports, ...needs, store, parts: partReader }),
    publicRoutes: [data],
    managementRoutes: [copiesRoutes({ copies, chains })],
  }
}
