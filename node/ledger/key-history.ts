import { keyIdOf } from '../../protocol/identity/did-document.ts'
import { instantOf } from '../../protocol/instant.ts'
import { keyAddLeaf } from '../../protocol/ledger/leaf.ts'
import type { Did } from '../../schemas/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Keys } from '../ports/keys.ts'
import type { ReceiptStore } from './receipt-store.ts'

const USES = ['identity', 'statement', 'log'] as const

/** Puts the start of every key's use into the log; a key that is in it already stays as it is. */
export async function logKeys(deps: {
  readonly did: Did
  readonly keys: Keys
  readonly clock: Clock
  readonly store: Pick<ReceiptStore, 'enqueue'>
}): Promise<void> {
  const at = instantOf(deps.clock.now())
  const leaves = []
  for (const use of USES) {
    const keyId = await keyIdOf(deps.did, await deps.keys.publicJwk(use))
    leaves.push(keyAddLeaf({ keyId, use, thumbprint: keyId.slice(deps.did.length + 1), at }))
  }
  await deps.store.enqueue({ leaves })
}
