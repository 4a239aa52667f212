import { and, desc, eq, lt } from 'drizzle-orm'
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

type Reader = Pick<Database['orm'], 'select'>

function readSpace(db: Reader): SpaceRecord | undefined {
  const row = db
    .select({ role: spaces.role, authority: spaces.authority, name: spaces.name, since: spaces.since })
    .from(spaces)
    .where(eq(spaces.id, onlySpace))
    .get()
  return row === undefined ? undefined : { ...row, authority: Did.parse(row.authority) }
}

function newestDocument(
  db: Reader,
  { kind, authority }: Pick<DocumentRecord, 'kind' | 'authority'>,
): DocumentRecord | undefined {
  const row = db
    .select(documentColumns)
    .from(governanceDocuments)
    .where(and(eq(governanceDocuments.kind, kind), eq(governanceDocuments.authority, authority)))
    .orderBy(desc(governanceDocuments.sequence))
    .limit(1)
    .get()
  return row === undefined ? undefined : { ...row, authority: Did.parse(row.authority) }
}

/** Writes a document above the stored sequence; of the lists only the newest stays. */
function writeDocument(tx: Transaction, document: DocumentRecord): boolean {
  const stored = newestDocument(tx, document)
  if (stored !== undefined && stored.sequence >= document.sequence) return false
  const { kind, authority, sequence } = document
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
  return {
    space: async () => readSpace(db.orm),
    enterSpace: async ({ space, documents }) =>
      db.transaction((tx) => {
        if (readSpace(tx)?.role === 'authority') return 'conflict'
        tx.delete(spaces).run()
        tx.insert(spaces)
          .values({ ...space, id: onlySpace })
          .run()
        for (const document of documents) writeDocument(tx, document)
        return 'committed'
      }),
    document: async (kind, authority) => newestDocument(db.orm, { kind, authority }),
    rulebookVersion: async (authority, version) => {
      const row = db.orm
        .select(documentColumns)
        .from(governanceDocuments)
        .where(
          and(
            eq(governanceDocuments.kind, 'rulebook'),
            eq(governanceDocuments.authority, authority),
            eq(governanceDocuments.sequence, version),
          ),
        )
        .get()
      return row === undefined ? undefined : { ...row, authority: Did.parse(row.authority) }
    },
    saveDocument: async (document) => db.transaction((tx) => (writeDocument(tx, document) ? 'committed' : 'conflict')),
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
