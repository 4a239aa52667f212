import type { Settings } from '../../schemas/config.ts'
import { createDatasetsStore } from '../adapters/sqlite/datasets-store.ts'
import { createDatasets, type Datasets } from '../datasets/operations.ts'
import type { Governance } from '../governance/operations.ts'
import type { Identity } from '../identity/operations.ts'
import type { Ledger } from '../ledger/operations.ts'
import type { Ports } from './ports.ts'

export interface DatasetsNeeds {
  readonly settings: Settings
  readonly identity: Identity
  readonly governance: Governance
  readonly ledger: Ledger
}

/** The datasets of the node: files, records, manifests. */
export function composeDatasets(ports: Ports, { settings, identity, governance, ledger }: DatasetsNeeds): Datasets {
  return createDatasets({
    ...ports,
    identity,
    governance,
    store: createDatasetsStore(ports.db, ports.clock),
    node: {
      name: settings.name,
      publicUrl: settings.publicUrl,
      logOrigin: ledger.origin,
      chunkSize: settings.chunkSize,
    },
  })
}
