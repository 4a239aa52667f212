import * as z from 'zod'
import type { MeasureInput } from '../../../../protocol/generation/synthesis-types.ts'
import { measureTable } from '../../../../protocol/generation/table-synthesis.ts'
import type { NoisyMeasurements } from '../../../../schemas/generation.ts'
import { systemRandom } from '../../system/system-random.ts'

const Input = z.custom<Omit<MeasureInput, 'random' | 'onProgress'>>(
  (value) => typeof value === 'object' && value !== null && 'training' in value,
)

/** Worker task `measure`: the only code that sees training rows for generation; its noise comes from the CSPRNG. */
export function runMeasure(input: unknown, report: (progress: unknown) => void): NoisyMeasurements {
  return measureTable({
    ...Input.parse(input),
    random: (length) => systemRandom.bytes(length),
    onProgress: (phase, done) => report({ phase, done }),
  })
}
