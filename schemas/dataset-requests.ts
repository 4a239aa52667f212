import * as z from 'zod'
import { DatasetDraft } from './datasets.ts'
import { WithdrawalScope } from './manifests.ts'
import { Offer, OfferTerms } from './policy.ts'

/** A table file that waits at the node for `dataset import`. */
export const DatasetUpload = z.object({ uploadId: z.uuid() })
export type DatasetUpload = z.infer<typeof DatasetUpload>

export const TableFormat = z.enum(['csv', 'parquet', 'jsonl'])
export type TableFormat = z.infer<typeof TableFormat>

/** Makes a dataset of an uploaded file. */
export const ImportDataset = z.strictObject({
  uploadId: z.uuid(),
  format: TableFormat,
  draft: DatasetDraft,
  rowsPerPart: z.int().min(1).max(50_000_000).optional(),
  delimiter: z.string().length(1).optional(),
})
export type ImportDataset = z.infer<typeof ImportDataset>

export const PublishDataset = z
  .strictObject({
    offers: z.array(OfferTerms).max(16).default([]),
    /** ODRL offers written by hand, each with an id that its author chose. */
    writtenOffers: z.array(Offer).max(16).default([]),
  })
  .refine(({ offers, writtenOffers }) => offers.length + writtenOffers.length > 0, 'a published dataset needs an offer')
export type PublishDataset = z.infer<typeof PublishDataset>

export const WithdrawDataset = z.strictObject({
  reason: z.string().min(1).max(2000),
  scope: WithdrawalScope.default('new-agreements'),
})
export type WithdrawDataset = z.infer<typeof WithdrawDataset>

/** `POST /api/datasets/:reference/release`: what a person declares. */
export const DeclareRelease = z.strictObject({
  kind: z.literal('controlled'),
  statement: z.string().trim().min(1).max(4000),
})
export type DeclareRelease = z.infer<typeof DeclareRelease>
