import * as z from 'zod'
import type { SampleInput } from '../../../../protocol/generation/synthesis-types.ts'
import { sampleTable } from '../../../../protocol/generation/table-synthesis.ts'
import type { Table } from '../../../../protocol/generation/table.ts'

const Input = z.custom<Omit<SampleInput, 'onProgress'>>(
  (value) => typeof value === 'object' && value !== null && 'measurements' in value,
)

/** Worker task `sample`: rows from stored measurements; the same input gives the same rows. */
export function runSample(input: unknown, report: (progress: unknown) => void): Table {
  return sampleTable({ ...Input.parse(input), onProgress: (phase, done) => report({ phase, done }) })
}
