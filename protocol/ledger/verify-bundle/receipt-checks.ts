import type { ReceiptParty } from '../../../schemas/ledger.ts'
import { RECEIPT_PAYLOAD_TYPE } from '../../../schemas/ledger.ts'
import { dssePayload } from '../../canonical/dsse.ts'
import { toHex } from '../../canonical/hash.ts'
import { leafHash } from '../../canonical/merkle.ts'
import { receiptEntry } from '../leaf.ts'
import { announcedLog } from '../party.ts'
import { readReceipt, receiptCommitment } from '../receipt.ts'
import { parseTlogProof, verifyTlogProof } from '../tlog-proof.ts'
import {
  type AuditedBundle,
  type AuditedReceipt,
  Faults,
  type Finding,
  nameDigest,
  notApplicable,
  pathsUnder,
  readText,
} from './bundle.ts'
import { isSignedBy, readEnvelope } from './statement-checks.ts'

const NONE = 'the bundle holds no receipt'

/** `receipt-signatures`: every receipt is canonical, where it belongs, and signed by both parties (or marked as by one). */
export async function checkReceipts(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  let single = 0
  for (const path of pathsUnder(bundle, 'receipts')) {
    const envelope = await readEnvelope(bundle, path)
    const payload = envelope === undefined ? undefined : dssePayload(envelope)
    const read = payload === undefined ? undefined : readReceipt(payload)
    if (envelope === undefined || read === undefined || envelope.payloadType !== RECEIPT_PAYLOAD_TYPE) {
      faults.add(path, 'the file holds no well-formed receipt')
      continue
    }
    const { receipt, id } = read
    const folder = nameDigest(receipt.exchangeId, bundle.tools.hash)
    faults.expect(
      path === `receipts/${folder}/${receipt.seq}.dsse.json`,
      path,
      'the receipt is not the one its name says',
    )
    bundle.receipts.push({ path, id, envelope, receipt })
    if (envelope.signatures.length === 1) single += 1
    const signers =
      envelope.signatures.length === 1 ? [receipt[receipt.proposer]] : [receipt.provider, receipt.consumer]
    faults.expect(envelope.signatures.length <= 2, path, 'the receipt has more than two signatures')
    for (const party of [receipt.provider, receipt.consumer])
      faults.expect(ownsLog(bundle, party), path, `${party.did} announces another log than the receipt names`)
    for (const party of signers)
      faults.expect(await isSignedByParty(bundle, envelope, party), path, `the receipt is not signed by ${party.did}`)
  }
  bundle.receipts = bundle.receipts.toSorted(byPlace)
  if (pathsUnder(bundle, 'receipts').length === 0) return notApplicable(NONE)
  const note = single === 0 ? '' : `; ${single} by the proposer alone`
  return faults.finding(`${bundle.receipts.length} receipts, signed by both parties${note}`)
}

function ownsLog(bundle: AuditedBundle, { did, log }: ReceiptParty): boolean {
  const documents = bundle.documents.get(did) ?? []
  return log === null || documents.some((document) => announcedLog(document)?.origin === log)
}

function byPlace({ receipt: a }: AuditedReceipt, { receipt: b }: AuditedReceipt): number {
  if (a.exchangeId !== b.exchangeId) return a.exchangeId < b.exchangeId ? -1 : 1
  return a.seq - b.seq
}

function isSignedByParty(
  bundle: AuditedBundle,
  envelope: AuditedReceipt['envelope'],
  party: ReceiptParty,
): Promise<boolean> {
  return party.keyId === null
    ? Promise.resolve(false)
    : isSignedBy(bundle, envelope, { did: party.did, keyId: party.keyId })
}

/** `receipt-chain`: each exchange is complete from 1, hash-chained, about one agreement; nonces are unique; pair chains fit. */
export function checkChains(bundle: AuditedBundle): Finding {
  const faults = new Faults()
  const nonces = new Set<string>()
  for (const [exchangeId, receipts] of byExchange(bundle)) {
    let previous: AuditedReceipt | undefined
    for (const current of receipts) {
      const { receipt, path } = current
      faults.expect(
        receipt.seq === (previous?.receipt.seq ?? 0) + 1,
        path,
        `a receipt of the exchange ${exchangeId} is missing before this`,
      )
      faults.expect(receipt.prev === (previous?.id ?? null), path, 'the receipt does not follow the one before it')
      faults.expect(
        previous === undefined || sameTerms(previous, current),
        path,
        'the receipts of the exchange speak of different agreements',
      )
      faults.expect(!nonces.has(receipt.nonce), path, 'the nonce was used before')
      nonces.add(receipt.nonce)
      previous = current
    }
  }
  checkPairs(bundle, faults)
  return bundle.receipts.length === 0
    ? notApplicable(NONE)
    : faults.finding(`${byExchange(bundle).size} exchanges without a gap`)
}

/** A fork or a gap between receipts that are both in the bundle shows; receipts of exchanges outside it are not known. */
function checkPairs(bundle: AuditedBundle, faults: Faults): void {
  const places = new Map<string, AuditedReceipt>()
  const place = ({ receipt }: AuditedReceipt, seq: number) =>
    `${receipt.provider.did} ${receipt.consumer.did} ${receipt.proposer} ${seq}`
  for (const receipt of bundle.receipts) {
    const key = place(receipt, receipt.receipt.pairSeq)
    faults.expect(!places.has(key), receipt.path, 'two receipts have the same place in the chain of the parties')
    places.set(key, receipt)
  }
  for (const current of bundle.receipts) {
    const { pairSeq, pairPrev } = current.receipt
    const before = places.get(place(current, pairSeq - 1))
    const fits = pairSeq === 1 ? pairPrev === null : before === undefined || before.id === pairPrev
    faults.expect(fits, current.path, 'the receipt does not follow the one before it in the chain of the parties')
  }
}

function sameTerms({ receipt: a }: AuditedReceipt, { receipt: b }: AuditedReceipt): boolean {
  const terms = (receipt: typeof a) =>
    [
      receipt.agreement.id,
      receipt.agreement.sha256,
      receipt.offer.sha256,
      receipt.manifestId,
      receipt.provider.did,
      receipt.consumer.did,
    ].join()
  return terms(a) === terms(b)
}

function byExchange(bundle: AuditedBundle): Map<string, AuditedReceipt[]> {
  const exchanges = new Map<string, AuditedReceipt[]>()
  for (const receipt of bundle.receipts) {
    const { exchangeId } = receipt.receipt
    exchanges.set(exchangeId, [...(exchanges.get(exchangeId) ?? []), receipt])
  }
  return exchanges
}

/** The entry that must be in the log of this origin. */
function entryOf(bundle: AuditedBundle, { receipt, envelope }: AuditedReceipt, origin: string): Uint8Array | undefined {
  const exchangeSecret = bundle.secrets.get(receipt.exchangeId)
  const commitment = exchangeSecret === undefined ? undefined : receiptCommitment(envelope, { exchangeSecret, origin })
  return commitment === undefined ? undefined : receiptEntry(commitment)
}

/** Index of a receipt's commitment in a log of the bundle. */
function positionIn(bundle: AuditedBundle, receipt: AuditedReceipt, origin: string): number | undefined {
  const entry = entryOf(bundle, receipt, origin)
  return entry === undefined
    ? undefined
    : bundle.logs.get(origin)?.indexOf.get(toHex(leafHash(entry, bundle.tools.hash)))
}

/** `receipt-commitment`: every receipt is committed to in the logs of both parties, in the order of the exchange. */
export function checkCommitments(bundle: AuditedBundle): Finding {
  const faults = new Faults()
  const absent = new Set<string>()
  for (const receipts of byExchange(bundle).values()) {
    const last = new Map<string, number>()
    for (const receipt of receipts) {
      for (const origin of logsOf(receipt)) {
        if (!bundle.logs.has(origin)) {
          absent.add(origin)
          continue
        }
        const index = positionIn(bundle, receipt, origin)
        if (!faults.expect(index !== undefined, receipt.path, `the receipt is not in the log ${origin}`)) continue
        faults.expect(
          (index ?? 0) > (last.get(origin) ?? -1),
          receipt.path,
          `the receipts are out of order in the log ${origin}`,
        )
        last.set(origin, index ?? 0)
      }
    }
  }
  if (bundle.receipts.length === 0) return notApplicable(NONE)
  const note = absent.size === 0 ? '' : `; not in the bundle: ${[...absent].toSorted().join(', ')}`
  return faults.finding(`${bundle.receipts.length} receipts in the logs of their signers${note}`)
}

/** Logs of those who signed. */
function logsOf({ receipt, envelope }: AuditedReceipt): string[] {
  const parties = envelope.signatures.length === 1 ? [receipt[receipt.proposer]] : [receipt.provider, receipt.consumer]
  return parties.flatMap(({ log }) => (log === null ? [] : [log]))
}

/** `proofs`: every tlog-proof shows its receipt in the log it names. */
export async function checkProofs(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  const paths = pathsUnder(bundle, 'proofs')
  for (const path of paths) {
    const [, id, folder] = /^proofs\/([0-9a-f]{64})\.([0-9a-f]{64})\.tlog-proof$/.exec(path) ?? []
    const receipt = bundle.receipts.find((candidate) => candidate.id === id)
    const log = [...bundle.logs.values()].find((candidate) => candidate.folder === `logs/${folder}`)
    const proof = parseTlogProof((await readText(bundle, path)) ?? '')
    if (receipt === undefined || log === undefined || proof === undefined) {
      faults.add(path, 'the proof is malformed, or its receipt or log is not in the bundle')
      continue
    }
    const entry = entryOf(bundle, receipt, log.key.name)
    const shown = entry === undefined ? undefined : verifyTlogProof(proof, { entry, key: log.key }, bundle.tools.verify)
    faults.expect(shown !== undefined, path, 'the proof does not show its receipt in the log')
  }
  return paths.length === 0 ? notApplicable('the bundle holds no proof') : faults.finding(`${paths.length} proofs`)
}

/** `withdrawal-honoured`: no agreement was finalized after the provider's log held the withdrawal of its dataset. */
export function checkWithdrawalsHonoured(bundle: AuditedBundle): Finding {
  const faults = new Faults()
  let checked = 0
  for (const receipt of bundle.receipts) {
    const { type, provider, manifestId } = receipt.receipt
    const log = provider.log === null ? undefined : bundle.logs.get(provider.log)
    if (type !== 'AgreementFinalized' || log === undefined) continue
    checked += 1
    const withdrawn = log.records.find(({ record }) => record.type === 'withdrawal' && record.manifestId === manifestId)
    const agreed = positionIn(bundle, receipt, log.key.name)
    if (withdrawn !== undefined && agreed !== undefined)
      faults.expect(agreed < withdrawn.index, receipt.path, 'the agreement was finalized after the withdrawal')
  }
  return checked === 0
    ? notApplicable('no agreement with the log of its provider is in the bundle')
    : faults.finding(`${checked} agreements, none after a withdrawal`)
}
