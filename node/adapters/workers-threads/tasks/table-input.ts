import * as z from 'zod'

/** A protocol/generation Table as it crosses threads. */
export const TableInput = z.object({
  rows: z.int(),
  columns: z.array(z.object({ name: z.string(), values: z.instanceof(Float64Array) })),
})
