import * as z from 'zod'
import { ManifestId, STATEMENT_TYPE, StatementSubjects } from './datasets.ts'
import { Did, Instant, Iri } from './ids.ts'

export const WITHDRAWAL_PREDICATE_TYPE = 'urn:tanemaki:predicate:dataset-withdrawal:v1'

/** new-agreements: running agreements keep their word. all-use: the provider asks holders to stop as their agreement says. */
export const WithdrawalScope = z.enum(['new-agreements', 'all-use'])
export type WithdrawalScope = z.infer<typeof WithdrawalScope>

export const WithdrawalPredicate = z.looseObject({
  datasetId: Iri,
  manifestId: ManifestId,
  issuer: Did,
  effective: Instant,
  scope: WithdrawalScope,
  reason: z.string().max(2000),
  log: z.string(),
})
export type WithdrawalPredicate = z.infer<typeof WithdrawalPredicate>

export const WithdrawalStatement = z.looseObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: StatementSubjects,
  predicateType: z.literal(WITHDRAWAL_PREDICATE_TYPE),
  predicate: WithdrawalPredicate,
})
export type WithdrawalStatement = z.infer<typeof WithdrawalStatement>
