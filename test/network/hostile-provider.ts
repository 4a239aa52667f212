import { builtWorkers } from '../built.ts'
import type { MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { createDatasetsStore } from '../../node/adapters/sqlite/datasets-store.ts'
import { createPublicApp } from '../../node/app.ts'
import { composeIdentity } from '../../node/composition/identity.ts'
import { composeLedger } from '../../node/composition/ledger.ts'
import { openPorts } from '../../node/composition/ports.ts'
import { createSlices } from '../../node/composition/slices.ts'
import { loadSettings } from '../../node/config/load.ts'
import { listen } from '../../node/http/listener.ts'
import { silentLogger } from '../../node/telemetry/logger.ts'
import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { canonicalBytes } from '../../protocol/canonical/jcs.ts'
import { documentDigest, manifestId, readManifest } from '../../protocol/datasets/manifest.ts'
import { manifestLeaf } from '../../protocol/ledger/leaf.ts'
import { type DatasetRecord } from '../../schemas/datasets.ts'
import { type ManifestPredicate, STATEMENT_PAYLOAD_TYPE } from '../../schemas/manifests.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import { Did } from '../../schemas/ids.ts'
import type { DsseEnvelope } from '../../schemas/ledger.ts'
import type { NetworkNode } from './create-network.ts'

export interface Forgery {
  /** Changes what the manifest says before it is signed and logged. */
  readonly change?: (predicate: ManifestPredicate) => ManifestPredicate
  /** In place of the description. */
  readonly croissant?: Uint8Array
  readonly sign?: (payload: Uint8Array) => Promise<DsseEnvelope>
  readonly logged?: boolean
}

/** A member that signs and serves what it likes. */
export interface HostileProvider extends AsyncDisposable {
  /** Replaces the manifest of a published dataset. */
  forge(dataset: DatasetRecord, forgery: Forgery): Promise<void>
  sign(payload: Uint8Array): Promise<DsseEnvelope>
  /** Says a message of the Dataspace Protocol; the HTTP status. */
  say(to: NetworkNode, path: string, message: object): Promise<number>
  /** Answers of the node are replaced by this while it is set; undefined lets the request through. */
  intercept: ((request: Request) => Response | Promise<Response> | undefined) | undefined
}

/** Takes the place of a node that was stopped: same data folder, same address, same identity. */
export async function openHostileProvider(node: NetworkNode): Promise<HostileProvider> {
  const settings = loadSettings(node.dataDir)
  const did = Did.parse(node.did)
  const ports = await openPorts({
    dataDir: node.dataDir,
    settings,
    overrides: { log: silentLogger, workers: builtWorkers },
  })
  const slices = createSlices(ports, { did, settings })
  const signing = await openPorts({
    dataDir: node.dataDir,
    settings,
    overrides: { log: silentLogger, workers: builtWorkers },
  })
  const { ledger } = composeLedger(signing, { did, settings })
  const { identity } = composeIdentity(signing, { did, settings, ledger })
  const sign = (payload: Uint8Array) => identity.signStatement(STATEMENT_PAYLOAD_TYPE, payload)
  const provider: HostileProvider = {
    intercept: undefined,
    sign,
    say: async (to, path, message) => {
      const authorization = await identity.authorizationFor(Did.parse(to.did))
      const headers = { authorization, 'content-type': 'application/json' }
      const body = JSON.stringify({ '@context': [DSP_CONTEXT], ...message })
      return (await fetch(`${to.publicUrl}/dsp/2025-1${path}`, { method: 'POST', headers, body })).status
    },
    forge: (dataset, forgery) => publishForgery({ ports, sign }, dataset, forgery),
    [Symbol.asyncDispose]: async () => {
      await listener.close(0)
      await ports.queue.stop(1000)
      await slices.stop()
      ports.db.close()
      signing.db.close()
    },
  }
  const hostile: MiddlewareHandler = async (c, next) => (await provider.intercept?.(c.req.raw)) ?? (await next())
  const routes = [new Hono().use('*', hostile), ...slices.publicRoutes]
  const app = createPublicApp({ routes, log: silentLogger, gzip: ports.gzip })
  const listener = await listen(app, { name: 'public', host: settings.publicHost, port: settings.publicPort })
  await slices.start()
  ports.queue.start()
  return provider
}

interface Forger {
  readonly ports: Awaited<ReturnType<typeof openPorts>>
  readonly sign: HostileProvider['sign']
}

async function publishForgery(
  { ports, sign }: Forger,
  { id, manifestId: genuine }: DatasetRecord,
  { change = (same) => same, croissant, logged = true, ...forgery }: Forgery,
): Promise<void> {
  const store = createDatasetsStore(ports.db, ports.clock)
  const stored = await store.get(id)
  const payloadOf = dssePayload((await store.statement(genuine ?? missing()))?.envelope ?? missing())
  const read = payloadOf === undefined ? missing() : readManifest(payloadOf)
  if (stored === undefined || !read.ok) return missing()
  const { statement } = read.manifest
  const predicate = { ...change(statement.predicate), forged: true }
  const objects = []
  if (croissant !== undefined) {
    const document = { sha256: documentDigest(croissant), size: croissant.length, mediaType: 'application/ld+json' }
    predicate.description = { croissant: { ...predicate.description.croissant, ...document } }
    await ports.blobs.write(`objects/${document.sha256}`, croissant)
    objects.push({ ...document, datasetId: id })
  }
  const payload = canonicalBytes({ ...statement, predicate })
  const envelope = await (forgery.sign ?? sign)(payload)
  const forged = manifestId(payload)
  const keyId = envelope.signatures[0]?.keyid ?? ''
  const leaves = logged ? [manifestLeaf({ envelope, keyId, at: predicate.issued })] : []
  await store.change({
    record: { ...stored.record, manifestId: forged },
    revision: stored.revision,
    objects,
    statement: { id: forged, kind: 'manifest', datasetId: id, envelope },
    effects: { leaves },
  })
}

function missing(): never {
  throw new Error('the dataset was never published')
}
