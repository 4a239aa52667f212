import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { NoisyMeasurements, Recipe } from '../../../../schemas/generation.ts'
import { SeedSchema } from '../../../../schemas/seed-schema.ts'
import { measureTable, sampleTable } from '../../../../protocol/generation/table-synthesis.ts'
import type { Table } from '../../../../protocol/generation/table.ts'
import { TableInput } from './table-input.ts'

const MeasureTask = z.object({
  schema: SeedSchema,
  recipe: Recipe,
  training: TableInput,
  units: z.instanceof(Int32Array).optional(),
})

const SampleTask = z.object({
  schema: SeedSchema,
  recipe: Recipe,
  measurements: NoisyMeasurements,
  runSeed: z.instanceof(Uint8Array),
})

/**
 * Worker task `measure`: the noisy measurements of a recipe, with noise from the system's source. Charge the budget first.
 * Progress: `{ phase, done }`.
 */
export function runMeasure(input: unknown, onProgress: (progress: unknown) => void): NoisyMeasurements {
  const { schema, recipe, training, units } = MeasureTask.parse(input)
  return measureTable({
    schema,
    recipe,
    training,
    ...(units === undefined ? {} : { units }),
    random: (length) => randomBytes(length),
    onProgress: (phase, done) => onProgress({ phase, done }),
  })
}

/** Worker task `sample`: the recipe's rows from stored measurements and a run seed. Progress: `{ phase, done }`. */
export function runSample(input: unknown, onProgress: (progress: unknown) => void): Table {
  const { schema, recipe, measurements, runSeed } = SampleTask.parse(input)
  return sampleTable({
    schema,
    recipe,
    measurements,
    runSeed,
    onProgress: (phase, done) => onProgress({ phase, done }),
  })
}
