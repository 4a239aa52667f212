import * as z from 'zod'
import { DpClaim, type FullReport, GateThresholds } from '../../../../schemas/evaluation.ts'
import { SeedSchema } from '../../../../schemas/seed-schema.ts'
import { evaluateTable } from '../../../../protocol/evaluation/evaluate-table.ts'
import { TableInput } from './table-input.ts'

const EvaluateTask = z.object({
  schema: SeedSchema,
  thresholds: GateThresholds,
  training: TableInput,
  control: TableInput,
  synthetic: TableInput,
  evidence: z.object({ drawnBeforeGeneration: z.boolean(), disjointByUnit: z.boolean() }),
  claim: DpClaim.optional(),
  target: z.string().optional(),
  seed: z.instanceof(Uint8Array),
})

/** Worker task `evaluate`: the full report of a synthetic table. Progress: `{ phase, done }`, phase is the gate. */
export function runEvaluate(input: unknown, onProgress: (progress: unknown) => void): FullReport {
  const { claim, target, ...task } = EvaluateTask.parse(input)
  return evaluateTable({
    ...task,
    ...(claim === undefined ? {} : { claim }),
    ...(target === undefined ? {} : { target }),
    onProgress: (phase, done) => onProgress({ phase, done }),
  })
}
