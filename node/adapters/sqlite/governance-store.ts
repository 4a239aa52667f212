import { and, desc, eq, lt, sql } from 'drizzle-orm'
import { Did, Sha256 } from '../../../schemas/ids.ts'
import type { DocumentRecord, GovernanceStore, SpaceRecord } from '../../governance/store.ts'
import { createIssuanceStore } from './issuance-store.ts'
import type { Database, Transaction } from './open.ts'
import { governanceDocuments, invitations, spaces } from './tables/governance.ts'

const onlySpace = 1

const documentColumns = {
  kind: governanceDocuments.kind,
  authority: governanceDocuments.authority,
  sequence: governanceDocuments.sequence,
  text: governanceDocuments.text,
  storedAt: governanceDocuments.storedAt,
}

/** Read for every message of a peer; prepared once. */
type Readers = ReturnType<typeof prepareReaders>

function prepareReaders({ orm }: Database) {
  const ofKind = and(
    eq(governanceDocuments.kind, sql.placeholder('kind')),
    eq(governanceDocuments.authority, sql.placeholder('authority')),
  )
  return {
    space: orm
      .select({ role: spaces.role, authority: spaces.authority, name: spaces.name, since: spaces.since })
      .from(spaces)
      .where(eq(spaces.id, onlySpace))
      .prepare(),
    newest: orm
      .select(documentColumns)
      .from(governanceDocuments)
      .where(ofKind)
      .orderBy(desc(governanceDocuments.sequence))
      .limit(1)
      .prepare(),
    version: orm
      .select(documentColumns)
      .from(governanceDocuments)
      .where(and(ofKind, eq(governanceDocuments.sequence, sql.placeholder('version'))))
      .prepare(),
  }
}

function spaceIn(row: ReturnType<Readers['space']['get']>): SpaceRecord | undefined {
  return row === undefined ? undefined : { ...row, authority: Did.parse(row.authority) }
}

function documentIn(row: ReturnType<Readers['newest']['get']>): DocumentRecord | undefined {
  return row === undefined ? undefined : { ...row, authority: Did.parse(row.authority) }
}

/** Writes a document above the stored sequence; of the lists only the newest stays. */
function writeDocument(tx: Transaction, document: DocumentRecord, { newest }: Readers): boolean {
  const { kind, authority, sequence } = document
  const stored = newest.get({ kind, authority })
  if (stored !== undefined && stored.sequence >= sequence) return false
  tx.insert(governanceDocuments).values(document).run()
  if (kind !== 'rulebook') {
    const older = and(
      eq(governanceDocuments.kind, kind),
      eq(governanceDocuments.authority, authority),
      lt(governanceDocuments.sequence, sequence),
    )
    tx.delete(governanceDocuments).where(older).run()
  }
  return true
}

function createDocumentStore(
  db: Database,
): Pick<GovernanceStore, 'space' | 'enterSpace' | 'document' | 'rulebookVersion' | 'saveDocument'> {
  const readers = prepareReaders(db)
  return {
    space: async () => spaceIn(readers.space.get()),
    enterSpace: async ({ space, documents }) =>
      db.transaction((tx) => {
        if (readers.space.get()?.role === 'authority') return 'conflict'
        tx.delete(spaces).run()
        tx.insert(spaces)
          .values({ ...space, id: onlySpace })
          .run()
        for (const document of documents) writeDocument(tx, document, readers)
        return 'committed'
      }),
    document: async (kind, authority) => documentIn(readers.newest.get({ kind, authority })),
    rulebookVersion: async (authority, version) =>
      documentIn(readers.version.get({ kind: 'rulebook', authority, version })),
    saveDocument: async (document) =>
      db.transaction((tx) => (writeDocument(tx, document, readers) ? 'committed' : 'conflict')),
  }
}

export function createGovernanceStore(db: Database): GovernanceStore {
  return {
    ...createDocumentStore(db),
    ...createIssuanceStore(db),
    saveInvitation: async (invitation) => {
      db.orm.insert(invitations).values(invitation).run()
    },
    invitation: async (codeHash) => {
      const row = db.orm
        .select({
          codeHash: invitations.codeHash,
          name: invitations.name,
          did: invitations.did,
          expiresAt: invitations.expiresAt,
          usedBy: invitations.usedBy,
          createdAt: invitations.createdAt,
        })
        .from(invitations)
        .where(eq(invitations.codeHash, codeHash))
        .get()
      if (row === undefined) return undefined
      const { did, usedBy, ...rest } = row
      return {
        ...rest,
        codeHash: Sha256.parse(row.codeHash),
        ...(did === null ? {} : { did: Did.parse(did) }),
        ...(usedBy === null ? {} : { usedBy: Did.parse(usedBy) }),
      }
    },
  }
}
