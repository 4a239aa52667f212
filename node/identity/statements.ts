import type { DidDocument } from '../../schemas/identity.ts'
import { type Did, isDid } from '../../schemas/ids.ts'
import { type DsseVerifier, signDsse, verifyDsse } from '../../protocol/canonical/dsse.ts'
import { verifyEd25519 } from '../../protocol/canonical/ed25519.ts'
import { fromBase64Url } from '../../protocol/canonical/hash.ts'
import { findKey } from '../../protocol/identity/verification-method.ts'
import type { NodeKeys } from './node-keys.ts'
import type { Identity } from './operations.ts'
import type { DidResolver } from './resolver.ts'

/** Signs statements with this node's statement key, and verifies those of others. */
export function createStatements(deps: {
  readonly nodeKeys: NodeKeys
  readonly resolver: DidResolver
}): Pick<Identity, 'signStatement' | 'verifyStatement'> {
  const { nodeKeys, resolver } = deps
  return {
    signStatement: async (payloadType, payload) => {
      const { kid, sign } = await nodeKeys.statement()
      return signDsse(payloadType, payload, [{ keyid: kid, sign }])
    },
    verifyStatement: async (envelope, signer) => {
      if (!isDid(signer)) return false
      const own = envelope.signatures.flatMap(({ keyid }) => (keyid?.startsWith(`${signer}#`) ? [keyid] : []))
      const document = await resolver.resolveForKey(signer, own[0]).catch(() => undefined)
      if (document === undefined) return false
      const verified = await verifyDsse(envelope, envelope.payloadType, statementKeys(document, signer))
      return verified !== undefined
    },
  }
}

/** The Ed25519 keys of a document: statements are signed with nothing else. */
function statementKeys(document: DidDocument, signer: Did): DsseVerifier[] {
  return (document.verificationMethod ?? []).flatMap((method) => {
    const keyid = method.id.startsWith('#') ? signer + method.id : method.id
    const key = findKey(document, { did: signer, kid: keyid })
    const publicKey =
      key.ok && key.value.jwk.kty === 'OKP' && key.value.jwk.x !== undefined
        ? fromBase64Url(key.value.jwk.x)
        : undefined
    if (publicKey === undefined) return []
    return [
      { keyid, verify: (message: Uint8Array, signature: Uint8Array) => verifyEd25519(publicKey, message, signature) },
    ]
  })
}
