import { composeCopies } from '../../node/composition/copies.ts'
import { composeDatasets } from '../../node/composition/datasets.ts'
import { composeExchange } from '../../node/composition/exchange.ts'
import { composeIdentity } from '../../node/composition/identity.ts'
import { composeLedger } from '../../node/composition/ledger.ts'
import { openPorts, type PortsOptions } from '../../node/composition/ports.ts'
import { loadSettings } from '../../node/config/load.ts'
import { Did } from '../../schemas/ids.ts'
import { builtWorkers } from '../built.ts'
import type { NetworkNode } from './create-network.ts'

/** The copies of a running node as sources, and its datasets, on its own store beside it. */
export async function openDerivingNode(node: NetworkNode, overrides: PortsOptions['overrides'] = {}) {
  const settings = loadSettings(node.dataDir)
  const ports = await openPorts({
    dataDir: node.dataDir,
    settings,
    overrides: { workers: builtWorkers, ...overrides },
  })
  const did = Did.parse(node.did)
  const { ledger } = composeLedger(ports, { did, settings })
  const { identity, governance } = composeIdentity(ports, { did, settings, ledger })
  const needs = { settings, identity, governance, ledger }
  const datasets = composeDatasets(ports, needs)
  const exchange = composeExchange(ports, { ...needs, datasets })
  const { sources, chains } = composeCopies(ports, { ...needs, ...exchange, datasets })
  return { sources, chains, datasets, ports, close: () => ports.db.close() }
}
