import { join } from 'node:path'
import { createDatasetsStore } from '../../node/adapters/sqlite/datasets-store.ts'
import { openDatabase } from '../../node/adapters/sqlite/open.ts'
import { systemClock } from '../../node/adapters/system/system-clock.ts'
import { composeIdentity } from '../../node/composition/identity.ts'
import { composeLedger } from '../../node/composition/ledger.ts'
import { openPorts } from '../../node/composition/ports.ts'
import { databaseFile } from '../../node/config/data-folder.ts'
import { loadSettings } from '../../node/config/load.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import { IssuedInvitation, Membership, Rulebook, Space } from '../../schemas/governance.ts'
import { Did } from '../../schemas/ids.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import type { Offer, OfferTermsInput } from '../../schemas/policy.ts'
import { checkedOffer } from './checked-offer.ts'
import { exampleDataset } from '../contract/datasets-store.ts'
import type { Network, NetworkNode } from './create-network.ts'

/** What is needed to reach a node and to stand in for it, wherever it runs. */
export type Site = Pick<NetworkNode, 'name' | 'dataDir' | 'publicUrl' | 'did' | 'api'>

/** `authority` founds a space, every other node of the network but those in `without` joins it. */
export async function joinAll(network: Network, without: readonly string[] = []): Promise<void> {
  const authority = network.node('authority')
  await authority.api.post('/space', { name: 'Seed space' }, Space)
  for (const node of Object.values(network.nodes)) {
    if (node.name === 'authority' || without.includes(node.name)) continue
    const { invitation } = await authority.api.post('/invitations', { name: node.name }, IssuedInvitation)
    await node.api.post('/membership', { invitation }, Membership)
  }
}

let published = 0

/** Puts a published dataset into the node's store; its offers are made by the node's own policy check. */
export async function publish(node: Site, offers: readonly OfferTermsInput[]) {
  const db = openDatabase(join(node.dataDir, databaseFile))
  published += 1
  const made: Offer[] = []
  for (const terms of offers) made.push(await checkedOffer(node, terms))
  const record = exampleDataset(published, {
    state: 'published',
    title: `Example ${published}`,
    offers: made,
    createdAt: exampleDataset(1).createdAt,
  })
  await createDatasetsStore(db, systemClock).insert(record)
  db.close()
  return record
}

export async function withdrawSilently(node: NetworkNode, id: string): Promise<void> {
  const db = openDatabase(join(node.dataDir, databaseFile))
  const store = createDatasetsStore(db, systemClock)
  const stored = await store.get(id)
  if (stored === undefined) throw new Error('no such dataset')
  await store.change({ record: { ...stored.record, state: 'withdrawn' }, revision: stored.revision })
  db.close()
}

export function requestExchange(
  consumer: Pick<Site, 'api'>,
  provider: Pick<Site, 'did'>,
  { dataset, purpose }: { dataset: string; purpose?: string },
) {
  const body = { provider: provider.did, dataset, ...(purpose === undefined ? {} : { purpose }) }
  return consumer.api.follow('/exchanges', body, { schema: Negotiation })
}

export async function purposesOf(node: NetworkNode): Promise<readonly string[]> {
  return (await node.api.get('/rulebook', Rulebook)).purposes.map((purpose) => purpose.id)
}

/** Speaks the Dataspace Protocol by hand with the identity of a running node. */
export async function voiceOf(node: Site) {
  const settings = loadSettings(node.dataDir)
  const ports = await openPorts({ dataDir: node.dataDir, settings })
  const did = Did.parse(node.did)
  const { ledger } = composeLedger(ports, { did, settings })
  const { identity } = composeIdentity(ports, { did, settings, ledger })
  return {
    callbackAddress: `${node.publicUrl}/dsp/2025-1`,
    authorization: (to: Site) => identity.authorizationFor(Did.parse(to.did)),
    send: async (to: Site, path: string, message?: object) => {
      const response = await fetch(`${to.publicUrl}/dsp/2025-1${path}`, {
        method: message === undefined ? 'GET' : 'POST',
        headers: {
          authorization: await identity.authorizationFor(Did.parse(to.did)),
          'content-type': 'application/json',
        },
        ...(message === undefined ? {} : { body: JSON.stringify({ '@context': [DSP_CONTEXT], ...message }) }),
      })
      const text = await response.text()
      const body: unknown = text === '' ? undefined : JSON.parse(text)
      return { status: response.status, body }
    },
    close: () => ports.db.close(),
  }
}
