import { deflateRawSync } from 'node:zlib'
import * as z from 'zod'
import { tokensOf } from '../../../../protocol/generation/rows/collect-report.ts'
import { measureCopying } from '../../../../protocol/generation/rows/copying.ts'
import { reportDraws } from '../../../../protocol/generation/rows/report-sampling.ts'
import { measureDiversity } from '../../../../protocol/text/diversity.ts'
import type { MeasuredRows } from '../../../ports/report-tasks.ts'

const Row = z.object({
  text: z.string(),
  sources: z.record(z.string(), z.int()),
  vector: z.instanceof(Float32Array).optional(),
})
const Records = z.array(z.object({ index: z.int(), text: z.string() }))
const Input = z.object({
  rows: z.array(Row),
  language: z.string(),
  embedding: z.string().optional(),
  sources: z.array(z.object({ name: z.string(), records: Records })),
  compared: z.int(),
  masked: z.array(z.string()),
})

/** Worker task `measure-rows`. */
export function runMeasureRows(input: unknown): MeasuredRows {
  const { rows, language, embedding, sources, compared, masked } = Input.parse(input)
  const tokens = tokensOf(language, process.versions['icu'] ?? 'none')
  const vectors = rows.flatMap(({ vector }) => vector ?? [])
  const diversity = measureDiversity(
    rows.map(({ text }) => text),
    {
      tokens,
      unit: reportDraws(),
      deflatedSize: (bytes) => deflateRawSync(bytes, { level: 9 }).length,
      ...(embedding === undefined || vectors.length < rows.length ? {} : { vectors: { from: embedding, of: vectors } }),
    },
  )
  const copying = sources.map(({ name, records }) => {
    const own = rows.slice(0, compared).map(({ text, sources: read }) => ({ text, record: read[name] ?? -1 }))
    return { source: name, ...measureCopying(own, records, { unit: tokens.unit, masked }) }
  })
  return { diversity, copying }
}
