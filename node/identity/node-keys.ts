import type { Did } from '../../schemas/ids.ts'
import { keyIdOf } from '../../protocol/identity/did-document.ts'
import type { SigningKey } from '../../protocol/identity/jws.ts'
import type { Keys, PublicKey } from '../ports/keys.ts'

/** This node's keys with the ids under which its DID document shows them. */
export interface NodeKeys {
  public(): Promise<{ identityKey: PublicKey; statementKey: PublicKey }>
  /** Signs tokens, presentations and credentials. */
  identity(): Promise<SigningKey>
  /** Signs DSSE statements. */
  statement(): Promise<SigningKey>
}

export function createNodeKeys({ did, keys }: { did: Did; keys: Keys }): NodeKeys {
  let loaded:
    | Promise<{ identityKey: PublicKey; statementKey: PublicKey; identityId: string; statementId: string }>
    | undefined
  const load = async () => {
    const [identityKey, statementKey] = [await keys.publicJwk('identity'), await keys.publicJwk('statement')]
    const [identityId, statementId] = [await keyIdOf(did, identityKey), await keyIdOf(did, statementKey)]
    return { identityKey, statementKey, identityId, statementId }
  }
  const once = () => (loaded ??= load())
  return {
    public: async () => {
      const { identityKey, statementKey } = await once()
      return { identityKey, statementKey }
    },
    identity: async () => ({
      kid: (await once()).identityId,
      alg: 'ES256',
      sign: (message) => keys.sign('identity', message),
    }),
    statement: async () => ({
      kid: (await once()).statementId,
      alg: 'EdDSA',
      sign: (message) => keys.sign('statement', message),
    }),
  }
}
