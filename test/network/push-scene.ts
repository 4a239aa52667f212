import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import * as z from 'zod'
import { blobsFolder } from '../../node/config/data-folder.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import { Transfer } from '../../schemas/transfer.ts'
import { createNetwork, type Network, type NetworkNode } from './create-network.ts'
import { joinAll, requestExchange } from './exchange-helpers.ts'
import { type HttpStorage, openHttpStorage } from './http-storage.ts'
import { publishTable, type TableOptions } from './published-table.ts'

/** What lies beside the parts of a pushed dataset, in the order in which it is sent. */
export const DOCUMENTS = ['croissant.json', 'evaluation-report.json', 'manifest.tlog-proof', 'manifest.dsse.json']
export const SECRET = 'sink-secret-4711'

const Listed = z.object({ transfers: z.array(Transfer) })

export function partPath(node: NetworkNode, dataset: DatasetRecord, part = 0): string {
  const folder = join(node.dataDir, blobsFolder, 'datasets', dataset.id.slice('urn:uuid:'.length))
  return join(folder, dataset.resources[part]?.name ?? '')
}

/** A provider, a consumer, and a storage of the consumer that every test gets anew. */
export function pushScene() {
  let network: Network
  let sink: HttpStorage
  let made = 0
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab'], {
      settings: { chunkSize: '16384', transferBytesPerSecond: '400000', drainSeconds: '0.1', pushPatienceSeconds: '3' },
    })
    await joinAll(network)
  })
  afterAll(() => network[Symbol.asyncDispose]())
  beforeEach(async () => {
    sink = await openHttpStorage()
  })
  afterEach(() => sink[Symbol.asyncDispose]())

  const address = () => ({
    kind: 'http',
    url: `${sink.url}/in/${SECRET}?sig=${SECRET}`,
    headers: { authorization: `Bearer ${SECRET}` },
  })
  const scene = {
    get bureau() {
      return network.node('bureau')
    },
    get lab() {
      return network.node('lab')
    },
    get sink() {
      return sink
    },
    published: (options: Partial<TableOptions> = {}) =>
      publishTable(scene.bureau, { name: `table-${(made += 1)}`, rows: 2000, ...options }),
    agree: async (dataset: DatasetRecord): Promise<string> => {
      const process = await requestExchange(scene.lab, scene.bureau, { dataset: dataset.id })
      return process.agreement?.['@id'] ?? expect.fail(`ended ${process.state}`)
    },
    push: (agreement: string, to: object = address()) => scene.lab.api.post('/pushes', { agreement, to }, Transfer),
    ended: ({ pid }: Transfer) =>
      scene.lab.api.follow(`/transfers/${encodeURIComponent(pid)}/follow`, {}, { schema: Transfer }),
    atProvider: async ({ pid }: Transfer) => {
      const { transfers } = await scene.bureau.api.get('/transfers', Listed)
      return transfers.find((transfer) => transfer.peerPid === pid)
    },
    providerPid: async (transfer: Transfer) => (await scene.atProvider(transfer))?.pid ?? '',
    /** Files that arrived whole, in order. */
    names: () => sink.files.map(({ path }) => path.split('/').at(-1)?.split('?')[0]),
    /** The operator of the provider says it. */
    say: async (transfer: Transfer, what: 'suspension' | 'start' | 'termination') =>
      scene.bureau.api.post(
        `/transfers/${encodeURIComponent(await scene.providerPid(transfer))}/${what}`,
        what === 'start' ? {} : { reason: 'maintenance' },
        Transfer,
      ),
  }
  return scene
}
