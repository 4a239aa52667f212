import type { ChainLink } from '../../schemas/copies.ts'
import type { DatasetInput } from '../../schemas/datasets.ts'

/** What datasets were made from, as far as this node knows the manifests. */
export interface DatasetChains {
  /** Of each input what is known, and what it was made from in turn; at most 500 links, to a depth of 16. */
  of(inputs: readonly DatasetInput[]): Promise<ChainLink[]>
}
