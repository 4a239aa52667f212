import type { Refusal } from '../../protocol/refusal.ts'
import type { Did } from '../../schemas/ids.ts'
import type { Transfer } from '../../schemas/transfer.ts'

/** Where the consumer's pull gets the bytes. `endpoint` has no trailing slash; files are at `<endpoint>/<resource name>`. */
export interface DataAccess {
  readonly endpoint: string
  /** Complete value of the Authorization header. */
  readonly authorization: string
}

/** What a live token lets its bearer read. */
export interface Access {
  readonly transferId: string
  readonly agreementId: string
  readonly datasetId: string
  readonly peer: Did
}

/** Where a pull went wrong; named to the peer and in the log. */
export interface WrongBytes {
  readonly resource: string
  /** 0-based index of the first wrong chunk. */
  readonly chunk: number
}

/** Transfers of this node, in both roles: who may move which bytes when. The bytes themselves are moved elsewhere. */
export interface Transfers {
  /**
   * Consumer: asks the provider to start a pull under a finalized agreement; returns the running transfer when there is one.
   * Throws Refused `not-found`, `peer-refused` with the provider's reasons, `peer-unreachable`.
   */
  start(agreementId: string): Promise<Transfer>
  /** Consumer: waits until the provider has started the transfer. Throws Refused `peer-refused` when it ended instead. */
  dataAddress(transferId: string, signal?: AbortSignal): Promise<DataAccess>
  /**
   * Consumer: for a token that the provider no longer takes (401 at the data endpoint). Suspends the transfer with the code
   * `access-renewal`; the provider answers with a start that carries a new token.
   */
  renew(transferId: string, signal?: AbortSignal): Promise<DataAccess>
  /** Consumer: every byte is verified and kept. */
  complete(transferId: string): Promise<Transfer>
  /** Consumer: ends the transfer and names the wrong chunk to the provider and in the log. */
  fail(transferId: string, wrong: WrongBytes): Promise<Transfer>
  /** Either role. Throws Refused `not-found`, `conflict` when the state does not allow it. */
  suspend(transferId: string, reason: string): Promise<Transfer>
  /** Provider: starts a suspended transfer again, if the policy still permits. */
  resume(transferId: string): Promise<Transfer>
  terminate(transferId: string, reason: string): Promise<Transfer>
  get(pid: string): Promise<Transfer | undefined>
  /** Newest change first. */
  list(options?: { readonly limit?: number; readonly before?: number }): Promise<Transfer[]>
  watch(pid: string, signal?: AbortSignal): AsyncIterable<Transfer>
  /** Provider: ends every pull of the dataset and lets none start again under its agreements; for a withdrawal from all use. */
  endUse(datasetId: string, reason: string): Promise<void>
  /**
   * Provider: what the bearer of the token may read now. To be asked for every chunk: it looks at the live state, the expiry
   * of the token (five minutes after its last use) and the policy of the agreement.
   * Refusal codes: `unauthorized` (unknown or expired token; ask for a renewal), `policy-denied`, `transfer-not-running`.
   */
  resolveAccess(token: string, transferId: string): Promise<Access | Refusal>
}
