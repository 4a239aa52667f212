import type { Provenance } from '../../../../schemas/datasets.ts'
import type { LineageRecord, OpenedRow, RunDisclosure } from '../../../../schemas/lineage.ts'
import type { RowHashing } from '../../seed-commitment.ts'
import type { PublishedCell } from '../render-output.ts'
import type { RowPlan } from '../row-plan.ts'

export type PublishedRow = Readonly<Record<string, PublishedCell>>

/** What a disclosure is held against: the dataset as the checker has it. */
export interface DisclosedDataset {
  /** From the manifest; of an unpublished dataset, from its record. */
  readonly provenance: Provenance
  /** Rows that the manifest names. */
  readonly records: number
  /** Of all files, in their order. */
  rows(): AsyncIterable<PublishedRow>
}

/** One pass over the dataset and a compiled recipe: what the checks look at. */
export interface Disclosed {
  readonly disclosure: RunDisclosure
  readonly dataset: DisclosedDataset
  readonly plan: RowPlan
  readonly hashing: RowHashing
  /** Rows that records speak of, by number. */
  readonly published: ReadonlyMap<number, PublishedRow>
  readonly counted: number
  readonly rowRoot: string
}

export const placeOf = ({ row }: Pick<LineageRecord | OpenedRow, 'row'>): string => `row ${row}`
