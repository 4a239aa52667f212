import {
  STATEMENT_TYPE,
  WITHDRAWAL_PREDICATE_TYPE,
  type WithdrawalPredicate,
  WithdrawalStatement,
} from '../../schemas/manifests.ts'
import type { Sha256 } from '../../schemas/ids.ts'
import { canonicalBytes } from '../canonical/jcs.ts'
import { readStrictJson } from '../canonical/strict-json.ts'
import { manifestId } from './manifest.ts'

/** Statement that was built or read: what is signed, and its identity `sha256:<hex>` of the payload bytes. */
export interface Withdrawal {
  readonly id: string
  readonly payload: Uint8Array
  readonly statement: WithdrawalStatement
}

/**
 * Statement that a published dataset is withdrawn (docs/spec/manifest.md §7); same subject as the manifest, so that whoever
 * holds files finds it by their root. Throws ZodError when the predicate is not well-formed.
 */
export function buildWithdrawal(predicate: WithdrawalPredicate, datasetRoot: Sha256): Withdrawal {
  const statement = WithdrawalStatement.parse({
    _type: STATEMENT_TYPE,
    subject: [{ name: predicate.datasetId, digest: { sha256: datasetRoot } }],
    predicateType: WITHDRAWAL_PREDICATE_TYPE,
    predicate,
  })
  const payload = canonicalBytes(statement)
  return { id: manifestId(payload), payload, statement }
}

/** Reads a withdrawal's payload bytes; undefined when it is not one. The signature is the caller's to check. */
export function readWithdrawal(payload: Uint8Array): Withdrawal | undefined {
  const parsed = WithdrawalStatement.safeParse(readStrictJson(payload))
  return parsed.success ? { id: manifestId(payload), payload, statement: parsed.data } : undefined
}
