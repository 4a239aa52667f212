import { and, asc, desc, eq, gte, lt, lte, ne } from 'drizzle-orm'
import * as z from 'zod'
import { dssePayload } from '../../../protocol/canonical/dsse.ts'
import { canonicalJson } from '../../../protocol/canonical/jcs.ts'
import { type ChainHead, emptyChain, readReceipt } from '../../../protocol/ledger/receipt.ts'
import { DidDocument } from '../../../schemas/identity.ts'
import { Did, Sha256 } from '../../../schemas/ids.ts'
import { DsseEnvelope, ReceiptRecord } from '../../../schemas/ledger.ts'
import type { NewReceipt, Proposer, ReceiptStore } from '../../ledger/receipt-store.ts'
import { writeEffects } from './commit.ts'
import type { Database, Transaction } from './open.ts'
import { exchangeSecrets, partyDocuments, receiptProofs, receipts, receiptsPending } from './tables/ledger.ts'

const columns = {
  id: receipts.id,
  exchangeId: receipts.exchangeId,
  type: receipts.type,
  state: receipts.state,
  envelope: receipts.envelope,
}
type Row = Pick<typeof receipts.$inferSelect, keyof typeof columns>

/** The receipt itself is only in the envelope; its columns are for finding it. */
function recordOf(row: Row): ReceiptRecord {
  const envelope = DsseEnvelope.parse(JSON.parse(row.envelope))
  const read = readReceipt(dssePayload(envelope) ?? new Uint8Array(0))
  return ReceiptRecord.parse({ ...row, envelope, receipt: read?.receipt })
}

function exchangeHead({ orm }: Pick<Database, 'orm'> | { orm: Transaction }, exchangeId: string): ChainHead {
  const row = orm
    .select({ seq: receipts.seq, id: receipts.id })
    .from(receipts)
    .where(and(eq(receipts.exchangeId, exchangeId), ne(receipts.state, 'refused')))
    .orderBy(desc(receipts.seq))
    .limit(1)
    .get()
  return row === undefined ? emptyChain : { seq: row.seq, id: Sha256.parse(row.id) }
}

function pairHead({ orm }: { orm: Database['orm'] | Transaction }, counterpart: string, proposer: Proposer): ChainHead {
  const row = orm
    .select({ seq: receipts.pairSeq, id: receipts.id })
    .from(receipts)
    .where(and(eq(receipts.counterpart, counterpart), eq(receipts.proposer, proposer), ne(receipts.state, 'refused')))
    .orderBy(desc(receipts.pairSeq))
    .limit(1)
    .get()
  return row === undefined ? emptyChain : { seq: row.seq, id: Sha256.parse(row.id) }
}

const same = (head: ChainHead, seq: number, prev: string | null) => head.seq === seq - 1 && head.id === prev

/** False when the receipt does not fit; nothing is written then. */
function writeReceipt(tx: Transaction, { record, counterpart, proposer, factsKey, ...rest }: NewReceipt): boolean {
  const { receipt } = record
  const fits =
    record.state === 'refused' ||
    (same(exchangeHead({ orm: tx }, record.exchangeId), receipt.seq, receipt.prev) &&
      same(pairHead({ orm: tx }, counterpart, proposer), receipt.pairSeq, receipt.pairPrev))
  if (!fits) return false
  const written = tx
    .insert(receipts)
    .values({
      id: record.id,
      exchangeId: record.exchangeId,
      seq: receipt.seq,
      type: record.type,
      state: record.state,
      counterpart,
      proposer,
      pairSeq: receipt.pairSeq,
      nonce: receipt.nonce,
      factsKey,
      envelope: JSON.stringify(record.envelope),
      at: Date.parse(receipt.at),
    })
    .onConflictDoNothing()
    .run()
  if (written.changes !== 1) return false
  saveSecret(tx, record.exchangeId, rest.sealedSecret)
  tx.insert(partyDocuments)
    .values({ did: counterpart, document: canonicalJson(rest.document), retrievedAt: Date.parse(receipt.at) })
    .onConflictDoNothing()
    .run()
  for (const proof of rest.proofs) tx.insert(receiptProofs).values(proof).onConflictDoNothing().run()
  tx.delete(receiptsPending).where(eq(receiptsPending.id, record.id)).run()
  return true
}

function saveSecret(tx: Transaction, exchangeId: string, sealed: Uint8Array | undefined): void {
  if (sealed === undefined) return
  tx.insert(exchangeSecrets)
    .values({ exchangeId, sealed: Buffer.from(sealed) })
    .onConflictDoNothing()
    .run()
}

/** `now` dates the effects. */
export function createReceiptStore(db: Database, now: () => number): ReceiptStore {
  const { orm } = db
  return {
    ...findMethods(db),
    ...chainMethods(db),
    savePending: async ({ envelope, proofs, ...pending }, sealed) =>
      db.transaction((tx) => {
        const values = { ...pending, envelope: JSON.stringify(envelope), proofs: JSON.stringify(proofs) }
        tx.insert(receiptsPending)
          .values(values)
          .onConflictDoUpdate({ target: receiptsPending.counterpart, set: values })
          .run()
        saveSecret(tx, pending.exchangeId, sealed)
      }),
    dropPending: async (id) => {
      orm.delete(receiptsPending).where(eq(receiptsPending.id, id)).run()
    },
    record: async (receipt, effects) =>
      db.transaction((tx) => {
        if (!writeReceipt(tx, receipt)) return 'conflict'
        writeEffects(db, { effects, now: now() })
        return 'committed'
      }),
    enqueue: async (effects) => db.transaction(() => writeEffects(db, { effects, now: now() })),
  }
}

type FindMethods = Pick<ReceiptStore, 'ofExchange' | 'list' | 'exchangesBetween' | 'byId' | 'hasFacts'>

function findMethods({ orm }: Database): FindMethods {
  const select = () => orm.select(columns).from(receipts)
  return {
    ofExchange: async (exchangeId) =>
      select()
        .where(eq(receipts.exchangeId, exchangeId))
        .orderBy(eq(receipts.state, 'refused'), asc(receipts.seq))
        .all()
        .map(recordOf),
    list: async ({ limit, before }) =>
      select()
        .where(before === undefined ? undefined : lt(receipts.at, before))
        .orderBy(desc(receipts.at), desc(receipts.seq))
        .limit(limit)
        .all()
        .map(recordOf),
    exchangesBetween: async (from, to, limit) =>
      orm
        .selectDistinct({ exchangeId: receipts.exchangeId })
        .from(receipts)
        .where(and(gte(receipts.at, from), lte(receipts.at, to)))
        .orderBy(asc(receipts.exchangeId))
        .limit(limit)
        .all()
        .map(({ exchangeId }) => exchangeId),
    byId: async (id) => {
      const row = select().where(eq(receipts.id, id)).get()
      return row === undefined ? undefined : recordOf(row)
    },
    hasFacts: async (factsKey) =>
      orm.select({ id: receipts.id }).from(receipts).where(eq(receipts.factsKey, factsKey)).get() !== undefined,
  }
}

type ChainMethods = Pick<
  ReceiptStore,
  'exchangeHead' | 'pairHead' | 'pending' | 'sealedSecret' | 'proofs' | 'documents'
>

function chainMethods(db: Database): ChainMethods {
  const { orm } = db
  return {
    exchangeHead: async (exchangeId) => exchangeHead(db, exchangeId),
    pairHead: async (counterpart, proposer) => pairHead(db, counterpart, proposer),
    pending: async (counterpart) => {
      const row = orm.select().from(receiptsPending).where(eq(receiptsPending.counterpart, counterpart)).get()
      if (row === undefined) return undefined
      return {
        ...row,
        counterpart: Did.parse(row.counterpart),
        envelope: DsseEnvelope.parse(JSON.parse(row.envelope)),
        proofs: z.array(z.string()).parse(JSON.parse(row.proofs)),
      }
    },
    sealedSecret: async (exchangeId) => {
      const row = orm
        .select({ sealed: exchangeSecrets.sealed })
        .from(exchangeSecrets)
        .where(eq(exchangeSecrets.exchangeId, exchangeId))
        .get()
      return row === undefined ? undefined : Uint8Array.from(row.sealed)
    },
    proofs: async (receiptId) =>
      orm
        .select()
        .from(receiptProofs)
        .where(eq(receiptProofs.receiptId, receiptId))
        .orderBy(asc(receiptProofs.log))
        .all(),
    documents: async (did) =>
      orm
        .select({ document: partyDocuments.document, retrievedAt: partyDocuments.retrievedAt })
        .from(partyDocuments)
        .where(eq(partyDocuments.did, did))
        .orderBy(asc(partyDocuments.retrievedAt))
        .all()
        .map(({ document, retrievedAt }) => ({ document: DidDocument.parse(JSON.parse(document)), retrievedAt })),
  }
}
