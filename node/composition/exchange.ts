import type { Hono } from 'hono'
import type { Settings } from '../../schemas/config.ts'
import { guardedConnectTarget } from '../adapters/http-fetch/guarded-http-client.ts'
import { createNegotiationStore } from '../adapters/sqlite/negotiation-store.ts'
import { createTransferStore } from '../adapters/sqlite/transfer-store.ts'
import { type Catalogs, createCatalogs, type Partners } from '../catalog/operations.ts'
import { createPartners } from '../catalog/partners.ts'
import { managementRoutes as catalogManagement, publicRoutes as catalogRoutes } from '../catalog/routes.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Governance } from '../governance/operations.ts'
import type { Identity } from '../identity/operations.ts'
import type { ReceiptExpectations } from '../ledger/operations.ts'
import { advanceHandler as negotiationHandler } from '../negotiation/jobs.ts'
import { createNegotiations, type Negotiations } from '../negotiation/operations.ts'
import { createNegotiationInbox } from '../negotiation/receive.ts'
import {
  decisionRoutes,
  managementRoutes as negotiationManagement,
  publicRoutes as negotiationRoutes,
} from '../negotiation/routes.ts'
import { manualStrategy } from '../negotiation/manual-strategy.ts'
import { automaticStrategy } from '../negotiation/strategy.ts'
import { automaticStrategy as automaticTransfers } from '../transfer/strategy.ts'
import { createChanges } from '../ports/changes.ts'
import { advanceHandler as transferHandler } from '../transfer/jobs.ts'
import { createTransfers, type Transfers } from '../transfer/operations.ts'
import { createTransferInbox } from '../transfer/receive.ts'
import { managementRoutes as transferManagement, publicRoutes as transferRoutes } from '../transfer/routes.ts'
import type { Ports } from './ports.ts'

export interface ExchangeNeeds {
  readonly settings: Settings
  readonly identity: Identity
  readonly governance: Governance
  readonly datasets: Datasets
}

/** Catalog, negotiation and transfer over the Dataspace Protocol. */
export interface Exchange {
  readonly catalogs: Catalogs
  readonly partners: Partners
  readonly negotiations: Negotiations
  readonly transfers: Transfers
  readonly expectations: ReceiptExpectations
  readonly publicRoutes: readonly Hono[]
  readonly managementRoutes: readonly Hono[]
}

const STRATEGIES = { automatic: automaticStrategy, manual: manualStrategy } as const

export function composeExchange(ports: Ports, needs: ExchangeNeeds): Exchange {
  const { identity, settings } = needs
  const { publicUrl } = settings
  const partners = createPartners({ ...ports, identity, publicUrl })
  const shared = { ...ports, ...needs, partners, changes: createChanges(ports.clock) }
  const catalogs = createCatalogs(shared)
  const deciding = { ...shared, catalogs }
  const negotiating = {
    ...deciding,
    store: ports.wrapStore(createNegotiationStore(ports.db, ports.clock)),
    strategy: ports.strategies?.negotiation ?? STRATEGIES[settings.negotiationStrategy](deciding),
  }
  const negotiations = createNegotiations(negotiating)
  const connectTarget = (url: string) => guardedConnectTarget(url, settings)
  const store = ports.wrapStore(createTransferStore(ports.db, ports.clock))
  const moving = { ...shared, negotiations, publicUrl, connectTarget, store }
  const transferring = { ...moving, strategy: ports.strategies?.transfer ?? automaticTransfers(moving) }
  const transfers = createTransfers(transferring)
  ports.queue.register(negotiationHandler(negotiating))
  ports.queue.register(transferHandler(transferring))
  return {
    catalogs,
    partners,
    negotiations,
    transfers,
    expectations: {
      AgreementFinalized: (proposal, proposer) => negotiations.expects(proposal, proposer),
      TransferStarted: (proposal, proposer) => transfers.expects(proposal, proposer),
      TransferCompleted: (proposal, proposer) => transfers.expects(proposal, proposer),
    },
    publicRoutes: [
      catalogRoutes({ catalogs, identity, partners }),
      negotiationRoutes({ inbox: createNegotiationInbox(negotiating), identity }),
      transferRoutes({ inbox: createTransferInbox(transferring), identity }),
    ],
    managementRoutes: [
      catalogManagement({ catalogs }),
      decisionRoutes({ negotiations }),
      negotiationManagement({ negotiations }),
      transferManagement({ transfers }),
    ],
  }
}
