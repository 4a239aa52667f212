import { refuse } from '../../protocol/refusal.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import type { DsseEnvelope } from '../../schemas/ledger.ts'
import type { Catalogs } from '../catalog/operations.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Peer } from '../identity/operations.ts'
import type { Ledger } from '../ledger/operations.ts'
import type { Negotiations } from '../negotiation/operations.ts'
import type { Blobs } from '../ports/blobs.ts'

export interface ServedDocumentsDeps {
  readonly datasets: Pick<Datasets, 'get' | 'statement' | 'document' | 'rendering'>
  readonly catalogs: Pick<Catalogs, 'dataset'>
  readonly negotiations: Pick<Negotiations, 'agreements'>
  readonly ledger: Pick<Ledger, 'proof' | 'settle'>
  readonly blobs: Blobs
}

/**
 * Statements and documents for whoever may know of the dataset: peers that see an offer of it in the catalog, and parties of an
 * agreement about it, also after its withdrawal. For everyone else they do not exist. All throw Refused `not-found`.
 */
export interface ServedDocuments {
  manifest(peer: Peer, id: string): Promise<DsseEnvelope>
  /** c2sp.org/tlog-proof; Refused `unavailable` while the statement waits for the next checkpoint. */
  proof(peer: Peer, manifestId: string): Promise<string>
  rendering(peer: Peer, manifestId: string): Promise<unknown>
  object(peer: Peer, sha256: string): Promise<{ readonly bytes: Uint8Array; readonly mediaType: string }>
}

export function createServedDocuments(deps: ServedDocumentsDeps): ServedDocuments {
  const visible = async (peer: Peer, id: string) => {
    const statement = await deps.datasets.statement(id)
    const record = statement === undefined ? undefined : await visibleRecord(deps, peer, statement.datasetId)
    return statement === undefined || record === undefined ? nothing() : { statement, record }
  }
  return {
    manifest: async (peer, id) => (await visible(peer, id)).statement.envelope,
    rendering: async (peer, id) => deps.datasets.rendering((await visible(peer, id)).record),
    proof: async (peer, id) => {
      const { statement } = await visible(peer, id)
      const proof = (await deps.ledger.proof(statement.kind, id)) ?? (await afterNextCheckpoint(deps, statement))
      return proof ?? refuse('unavailable', 'the log has not published the statement yet', 'Ask again in a second.')
    },
    object: async (peer, sha256) => {
      const document = await deps.datasets.document(sha256)
      if (document === undefined || (await visibleRecord(deps, peer, document.datasetId)) === undefined)
        return nothing()
      return { bytes: await deps.blobs.read(`objects/${document.sha256}`), mediaType: document.mediaType }
    },
  }
}

async function visibleRecord(
  deps: ServedDocumentsDeps,
  peer: Peer,
  datasetId: string,
): Promise<DatasetRecord | undefined> {
  const record = await deps.datasets.get(datasetId)
  if (record?.manifestId === undefined) return undefined
  if ((await deps.catalogs.dataset(peer, datasetId)) !== undefined) return record
  return (await isParty(deps, peer, datasetId)) ? record : undefined
}

async function isParty({ negotiations }: ServedDocumentsDeps, peer: Peer, datasetId: string): Promise<boolean> {
  for (let before: number | undefined; ;) {
    const page = await negotiations.agreements({ limit: 500, ...(before === undefined ? {} : { before }) })
    const about = page.filter((agreement) => agreement.role === 'provider' && agreement.datasetId === datasetId)
    if (about.some((agreement) => agreement.peer === peer.id)) return true
    const last = page.at(-1)
    if (page.length < 500 || last === undefined) return false
    before = Date.parse(last.finalizedAt)
  }
}

type Statement = NonNullable<Awaited<ReturnType<Datasets['statement']>>>

/** A statement that was just committed waits for the sequencer, for less than a second. */
async function afterNextCheckpoint(
  { ledger }: ServedDocumentsDeps,
  { kind, id }: Statement,
): Promise<string | undefined> {
  await ledger.settle()
  return ledger.proof(kind, id)
}

function nothing(): never {
  refuse('not-found', 'there is nothing at this address', 'Look at the catalog for what is offered to you.')
}
