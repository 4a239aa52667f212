import type { Hono } from 'hono'
import type { Settings } from '../../schemas/config.ts'
import type { Did } from '../../schemas/ids.ts'
import { managementRoutes as datasetRoutes } from '../datasets/routes.ts'
import { managementRoutes as evaluationRoutes } from '../evaluation/routes.ts'
import { modelRoutes } from '../generation/model-routes.ts'
import { managementRoutes as generationRoutes } from '../generation/routes.ts'
import type { Governance } from '../governance/operations.ts'
import { composeAudit } from './audit.ts'
import { composeCopies } from './copies.ts'
import { composeDatasets } from './datasets.ts'
import { composeExchange, type Exchange } from './exchange.ts'
import { composeEvaluation, composeGeneration } from './generation.ts'
import { composeIdentity } from './identity.ts'
import { composeLedger, composeReceipts } from './ledger.ts'
import type { Ports } from './ports.ts'
import { composePushes } from './pushes.ts'

/** What the slices add to the node. */
export interface Slices {
  readonly publicRoutes: readonly Hono[]
  readonly managementRoutes: readonly Hono[]
  readonly exchange: Exchange
  readonly governance: Governance
  /** Runs after the listeners are up and before the queue starts. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Where slice meets adapter: one function of this folder per slice, called here in the order of their needs. */
export function createSlices(ports: Ports, node: { readonly did: Did; readonly settings: Settings }): Slices {
  const { ledger, startLog, ...log } = composeLedger(ports, node)
  const { governance, ...identity } = composeIdentity(ports, { ...node, ledger })
  const datasets = composeDatasets(ports, { ...node, ...identity, governance, ledger })
  const exchange = composeExchange(ports, { ...node, ...identity, governance, datasets })
  const copies = composeCopies(ports, { ...node, ...identity, ...exchange, governance, datasets, ledger })
  const generation = composeGeneration(ports, { datasets, copies: copies.sources })
  const pushes = composePushes(ports, { ...node, ...identity, ...exchange, datasets, ledger })
  const receipts = composeReceipts(ports, { ...identity, ledger, expectations: exchange.expectations })
  const audit = composeAudit(ports, { ...identity, ...exchange, ...receipts, datasets, ledger })
  const evaluations = composeEvaluation(ports, { datasets, generation, governance })
  return {
    exchange,
    governance,
    publicRoutes: [
      ...log.publicRoutes,
      ...identity.publicRoutes,
      ...exchange.publicRoutes,
      ...copies.publicRoutes,
      ...receipts.publicRoutes,
    ],
    managementRoutes: [
      ...identity.managementRoutes,
      ...exchange.managementRoutes,
      ...copies.managementRoutes,
      ...pushes.managementRoutes,
      ...audit.managementRoutes,
      datasetRoutes({ datasets, chains: copies.chains }),
      generationRoutes(generation),
      modelRoutes(ports.models),
      evaluationRoutes(evaluations),
    ],
    start: async () => {
      await startLog()
      await datasets.recover()
      await generation.start()
      governance.start()
    },
    stop: async () => {
      governance.stop()
      await ledger.stop()
    },
  }
}
