import { builtWorkers } from '../built.ts'
import { composeDatasets } from '../../node/composition/datasets.ts'
import { composeExchange, type Exchange } from '../../node/composition/exchange.ts'
import { composeIdentity } from '../../node/composition/identity.ts'
import { composeLedger } from '../../node/composition/ledger.ts'
import { openPorts, type Ports } from '../../node/composition/ports.ts'
import { createPublicApp } from '../../node/app.ts'
import { loadSettings } from '../../node/config/load.ts'
import type { Identity } from '../../node/identity/operations.ts'
import { listen } from '../../node/http/listener.ts'
import { silentLogger } from '../../node/telemetry/logger.ts'
import { Did } from '../../schemas/ids.ts'
import type { NetworkNode } from './create-network.ts'

/** The exchange of a node behind its real public listener, with its operations in reach. */
export interface ExchangeNode extends AsyncDisposable {
  readonly did: Did
  readonly exchange: Exchange
  readonly identity: Identity
  readonly ports: Ports
  settle(): Promise<void>
}

/** Takes the place of a node of a network that was stopped: same data folder, same address, same identity. */
export async function openExchangeNode(node: NetworkNode): Promise<ExchangeNode> {
  const settings = loadSettings(node.dataDir)
  const did = Did.parse(node.did)
  const ports = await openPorts({
    dataDir: node.dataDir,
    settings,
    overrides: { log: silentLogger, workers: builtWorkers },
  })
  const { ledger, startLog, ...log } = composeLedger(ports, { did, settings })
  const { governance, ...identity } = composeIdentity(ports, { did, settings, ledger })
  const datasets = composeDatasets(ports, { settings, ...identity, governance, ledger })
  const exchange = composeExchange(ports, { settings, ...identity, governance, datasets })
  const routes = [...log.publicRoutes, ...identity.publicRoutes, ...exchange.publicRoutes]
  const app = createPublicApp({ routes, log: silentLogger, gzip: ports.gzip })
  const listener = await listen(app, { name: 'public', host: settings.publicHost, port: settings.publicPort })
  await startLog()
  ports.queue.start()
  return {
    did,
    exchange,
    identity: identity.identity,
    ports,
    settle: () => ports.queue.settle(),
    [Symbol.asyncDispose]: async () => {
      await listener.close(100)
      await ports.queue.stop(1000)
      await ledger.stop()
      ports.db.close()
    },
  }
}
