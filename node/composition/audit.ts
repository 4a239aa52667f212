import type { Hono } from 'hono'
import { createCopiesStore } from '../adapters/sqlite/copies-store.ts'
import { createReceiptStore } from '../adapters/sqlite/receipt-store.ts'
import { rowHashing } from '../adapters/system/row-hashing.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Identity } from '../identity/operations.ts'
import { createAudit } from '../ledger/audit.ts'
import { filingJob } from '../ledger/jobs.ts'
import { managementRoutes } from '../ledger/routes.ts'
import type { Ledger, Receipts } from '../ledger/operations.ts'
import type { Negotiations } from '../negotiation/operations.ts'
import { copyFolder } from '../transfer/copies-deps.ts'
import type { Transfers } from '../transfer/operations.ts'
import { evidenceOf } from './audit-evidence.ts'
import type { Ports } from './ports.ts'

export interface AuditNeeds {
  readonly identity: Identity
  readonly ledger: Ledger
  readonly receipts: Receipts
  readonly datasets: Datasets
  readonly negotiations: Negotiations
  readonly transfers: Transfers
}

/** Evidence for auditors: bundles of what this node holds, as provider or as consumer. */
export function composeAudit(ports: Ports, needs: AuditNeeds): { managementRoutes: readonly Hono[] } {
  const copies = createCopiesStore(ports.db, ports.clock)
  const store = createReceiptStore(ports.db, () => ports.clock.now())
  const evidence = evidenceOf(ports, { ...needs, copies })
  const audit = createAudit({ ...ports, ...needs, store, evidence, hash: rowHashing.sha256 })
  const copyFolders = async (exchangeId: string) =>
    (await copies.ofAgreement(exchangeId)).flatMap(({ record }) =>
      record.state === 'complete' ? [copyFolder(record.id)] : [],
    )
  ports.queue.register(filingJob({ ...ports, store, copyFolders }))
  return { managementRoutes: [managementRoutes({ ...needs, audit })] }
}
