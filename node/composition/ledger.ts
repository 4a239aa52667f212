import type { Hono } from 'hono'
import type { Settings } from '../../schemas/config.ts'
import type { Did } from '../../schemas/ids.ts'
import { createLedgerStore } from '../adapters/sqlite/ledger-store.ts'
import { createReceiptStore } from '../adapters/sqlite/receipt-store.ts'
import { rowHashing } from '../adapters/system/row-hashing.ts'
import type { Identity } from '../identity/operations.ts'
import { receiptJobs } from '../ledger/jobs.ts'
import { logKeys } from '../ledger/key-history.ts'
import { createLedger, type Ledger, type ReceiptExpectations, type Receipts } from '../ledger/operations.ts'
import { createReceipts } from '../ledger/receipts.ts'
import { logRoutes, receiptRoutes } from '../ledger/routes.ts'
import type { Ports } from './ports.ts'

export interface Log {
  readonly ledger: Ledger
  readonly publicRoutes: readonly Hono[]
  readonly startLog: () => Promise<void>
}

/** The node's log; woken by every commit that queued leaves. */
export function composeLedger(ports: Ports, { did, settings }: { did: Did; settings: Settings }): Log {
  const store = createLedgerStore(ports.db)
  const ledger = createLedger({ ...ports, store, hash: rowHashing.sha256, publicUrl: settings.publicUrl })
  ports.db.onEffects(() => ledger.wake())
  return {
    ledger,
    publicRoutes: [logRoutes({ ledger })],
    startLog: async () => {
      await ledger.start()
      await logKeys({ ...ports, did, store: createReceiptStore(ports.db, () => ports.clock.now()) })
    },
  }
}

export interface ReceiptNeeds {
  readonly identity: Identity
  readonly ledger: Ledger
  /** Where the facts of each kind of receipt are known. */
  readonly expectations: ReceiptExpectations
}

/** Receipts, with their jobs registered. */
export function composeReceipts(
  ports: Ports,
  needs: ReceiptNeeds,
): { receipts: Receipts; publicRoutes: readonly Hono[] } {
  const deps = { ...ports, ...needs, store: ports.wrapStore(createReceiptStore(ports.db, () => ports.clock.now())) }
  for (const job of receiptJobs(deps)) ports.queue.register(job)
  const receipts = createReceipts(deps)
  return { receipts, publicRoutes: [receiptRoutes({ receipts, identity: needs.identity })] }
}
