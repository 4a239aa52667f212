import type { Did } from '../../schemas/ids.ts'
import type { SigningKey } from '../../protocol/identity/jws.ts'
import { mintSelfIssuedToken } from '../../protocol/identity/self-issued-token.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

/** Makes the self-issued tokens of this node. */
export interface TokenMint {
  mint(request: { audience: Did; accessToken?: string; preAuthorizedCode?: string }): Promise<string>
}

export function createTokenMint(deps: {
  readonly did: Did
  readonly clock: Clock
  readonly random: Random
  readonly key: () => Promise<SigningKey>
}): TokenMint {
  const { did, clock, random, key } = deps
  return {
    mint: async (request) =>
      mintSelfIssuedToken({ ...request, key: await key(), did, jti: `urn:uuid:${random.uuid()}`, now: clock.now() }),
  }
}
