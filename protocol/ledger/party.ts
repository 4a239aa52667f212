import type { DidDocument } from '../../schemas/identity.ts'
import { KeyId, LogOrigin, type ReceiptParty } from '../../schemas/ledger.ts'
import { isStrictEd25519Key } from '../canonical/ed25519.ts'
import { fromBase64Url } from '../canonical/hash.ts'
import { findKey } from '../identity/verification-method.ts'
import { type NoteKey, parseVkey } from './signed-note.ts'

/** How a receipt names a party, read from its DID document; null for what the document does not have. */
export function receiptParty(document: DidDocument): ReceiptParty {
  const keyIds = (document.verificationMethod ?? []).map(({ id }) => (id.startsWith('#') ? document.id + id : id))
  const keyId = keyIds.find((id) => statementKey(document, id) !== undefined)
  return {
    did: document.id,
    keyId: keyId === undefined ? null : KeyId.parse(keyId),
    log: announcedLog(document)?.origin ?? null,
  }
}

/** A log as its owner's DID document announces it. */
export interface AnnouncedLog {
  readonly origin: LogOrigin
  /** URL of the log, without a trailing slash. */
  readonly url: string
  readonly key: NoteKey
}

/**
 * The log of a party: the LedgerService of its DID document, whose `vkey` names the key under the log's origin, which is the
 * service's URL without scheme. undefined when any of it is missing or does not fit together.
 */
export function announcedLog(document: DidDocument): AnnouncedLog | undefined {
  const service = document.service?.find(({ type }) => type === 'LedgerService')
  if (typeof service?.serviceEndpoint !== 'string' || typeof service['vkey'] !== 'string') return undefined
  const url = service.serviceEndpoint.replace(/\/+$/, '')
  const key = parseVkey(service['vkey'])
  const origin = LogOrigin.safeParse(url.replace(/^https?:\/\//, ''))
  return key === undefined || !origin.success || key.name !== origin.data
    ? undefined
    : { origin: origin.data, url, key }
}

/** Raw Ed25519 public key of a verification method; undefined when absent, of another kind, or weak. */
export function statementKey(document: DidDocument, keyId: string): Uint8Array | undefined {
  const found = findKey(document, { did: document.id, kid: keyId })
  if (!found.ok || found.value.jwk.crv !== 'Ed25519' || found.value.jwk.x === undefined) return undefined
  const bytes = fromBase64Url(found.value.jwk.x)
  return bytes !== undefined && isStrictEd25519Key(bytes) ? bytes : undefined
}
