import { Readable } from 'node:stream'
import { DatasetUpload } from '../../schemas/dataset-requests.ts'
import { type DatasetDraftInput, DatasetRecord } from '../../schemas/datasets.ts'
import * as z from 'zod'
import type { OfferTermsInput } from '../../schemas/policy.ts'
import type { NetworkNode } from './create-network.ts'

export interface TableOptions {
  readonly name: string
  readonly rows: number
  readonly rowsPerPart?: number
  /** A function is asked when everything but the publication is done. */
  readonly offers?: readonly OfferTermsInput[] | (() => readonly OfferTermsInput[])
}

/** Rows that do not compress, so that a dataset has about 90 bytes per row. Public data: nothing about persons. */
export function csvOf(rows: number): string {
  let state = 1n
  const next = () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n
    return state
  }
  const lines = Array.from({ length: rows }, (_, row) => {
    const text = [next(), next(), next(), next()].map((word) => word.toString(16).padStart(16, '0')).join('')
    return `${row},${text},${Number(next() % 1000n) / 10}`
  })
  return `number,text,share\n${lines.join('\n')}\n`
}

export const draftOf = (name: string): DatasetDraftInput => ({
  name,
  title: `Example ${name}`,
  description: 'Numbers made for a test.',
  subject: 'public',
  license: 'CC-BY-4.0',
  columns: [
    { name: 'number', type: 'int32' },
    { name: 'text', type: 'string' },
    { name: 'share', type: 'decimal', scale: 1 },
  ],
})

/** Makes a dataset by hand through the API. */
export async function importTable(
  node: NetworkNode,
  { name, rows, rowsPerPart }: TableOptions,
): Promise<DatasetRecord> {
  const content = Readable.from([Buffer.from(csvOf(rows))])
  const { uploadId } = await node.api.upload('/datasets/uploads', content, { schema: DatasetUpload })
  const body = { uploadId, format: 'csv', draft: draftOf(name), ...(rowsPerPart === undefined ? {} : { rowsPerPart }) }
  return node.api.follow('/datasets', body, { schema: DatasetRecord })
}

/** Imports, evaluates and publishes. */
export async function publishTable(node: NetworkNode, options: TableOptions): Promise<DatasetRecord> {
  const { id } = await importTable(node, options)
  await node.api.follow(`/datasets/${id}/evaluation`, {}, { schema: z.unknown() })
  const { offers = [{ partners: 'members' }] } = options
  const body = { offers: typeof offers === 'function' ? offers() : offers }
  return node.api.post(`/datasets/${id}/publish`, body, DatasetRecord)
}
