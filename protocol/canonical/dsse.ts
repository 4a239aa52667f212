import type { DsseEnvelope } from '../../schemas/ledger.ts'
import { concatBytes, equalBytes, fromBase64, fromBase64Url, sha256Hex, toBase64, utf8 } from './hash.ts'

/** Pre-authentication encoding of DSSE v1.0.2: `DSSEv1 SP len(type) SP type SP len(body) SP body`, lengths in bytes. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType)
  return concatBytes(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload)
}

/** Makes a signature over the given bytes; `keyid` is a hint for the verifier and not authenticated. */
export interface DsseSigner {
  readonly keyid: string
  sign(message: Uint8Array): Promise<Uint8Array> | Uint8Array
}

/** Envelope over exact payload bytes, signed by every signer in the given order. */
export async function signDsse(
  payloadType: string,
  payload: Uint8Array,
  signers: readonly DsseSigner[],
): Promise<DsseEnvelope> {
  const message = preAuthEncoding(payloadType, payload)
  const signatures: DsseEnvelope['signatures'] = []
  for (const signer of signers) signatures.push({ keyid: signer.keyid, sig: toBase64(await signer.sign(message)) })
  return { payload: toBase64(payload), payloadType, signatures }
}

/** The envelope with one more signature. Replaces an earlier one of the same key. Throws TypeError when the payload is not base64. */
export async function addSignature(envelope: DsseEnvelope, signer: DsseSigner): Promise<DsseEnvelope> {
  const sig = toBase64(await signer.sign(preAuthEncoding(envelope.payloadType, requirePayload(envelope))))
  const others = envelope.signatures.filter(({ keyid }) => keyid !== signer.keyid)
  return { ...envelope, signatures: [...others, { keyid: signer.keyid, sig }] }
}

/** A key that may have signed. `verify` gets the pre-authentication encoding and the raw signature. */
export interface DsseVerifier {
  readonly keyid: string
  verify(message: Uint8Array, signature: Uint8Array): Promise<boolean> | boolean
}

/** What an envelope holds once verified: payload bytes, and the distinct keys whose signature is good. */
export interface VerifiedDsse {
  readonly payload: Uint8Array
  readonly keyids: readonly string[]
}

/**
 * Verifies an envelope of the expected type under the given keys (DSSE v1.0.2, protocol.md). Every signature that claims one
 * of the keys, or claims none, is tried; one that claims a key and is bad makes the whole envelope bad (undefined), and so does
 * an envelope without any good signature. Signatures that claim other keys are ignored. Both base64 alphabets are read.
 */
export async function verifyDsse(
  envelope: DsseEnvelope,
  payloadType: string,
  verifiers: readonly DsseVerifier[],
): Promise<VerifiedDsse | undefined> {
  const payload = dssePayload(envelope)
  if (payload === undefined || envelope.payloadType !== payloadType) return undefined
  const message = preAuthEncoding(payloadType, payload)
  const good = new Set<string>()
  for (const { keyid, sig } of envelope.signatures) {
    const signature = decodeEither(sig)
    const claimed = keyid === undefined ? verifiers : verifiers.filter((verifier) => verifier.keyid === keyid)
    let verified = claimed.length === 0 || keyid === undefined
    for (const verifier of claimed) {
      if (signature === undefined || !(await verifier.verify(message, signature))) continue
      good.add(verifier.keyid)
      verified = true
    }
    if (!verified) return undefined
  }
  return good.size === 0 ? undefined : { payload, keyids: [...good] }
}

/** Payload bytes without any verification; undefined when it is not base64. */
export function dssePayload(envelope: DsseEnvelope): Uint8Array | undefined {
  return decodeEither(envelope.payload)
}

/** SHA-256 of the pre-authentication encoding. Throws TypeError when the payload is not base64. */
export function paeDigest(envelope: DsseEnvelope) {
  return sha256Hex(preAuthEncoding(envelope.payloadType, requirePayload(envelope)))
}

/** Whether both envelopes carry the same payload and type; signatures may differ. */
export function samePayload(a: DsseEnvelope, b: DsseEnvelope): boolean {
  const [left, right] = [dssePayload(a), dssePayload(b)]
  return a.payloadType === b.payloadType && left !== undefined && right !== undefined && equalBytes(left, right)
}

function requirePayload(envelope: DsseEnvelope): Uint8Array {
  const payload = dssePayload(envelope)
  if (payload === undefined) throw new TypeError('the payload of the envelope is not base64')
  return payload
}

function decodeEither(text: string): Uint8Array | undefined {
  return fromBase64(text) ?? fromBase64Url(text.replace(/=+$/, ''))
}
