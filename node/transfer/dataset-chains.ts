import type { ChainLink } from '../../schemas/copies.ts'
import { type DatasetInput, ManifestId } from '../../schemas/datasets.ts'
import { type ManifestStatement } from '../../schemas/manifests.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { DatasetChains } from '../ports/dataset-chains.ts'
import { copyFolder } from './copies-deps.ts'
import type { CopiesStore } from './copies-store.ts'
import { keptManifest, openedManifest } from './kept-manifest.ts'

export interface ChainDeps {
  readonly datasets: Pick<Datasets, 'statement' | 'get'>
  readonly store: Pick<CopiesStore, 'ofManifest'>
  readonly blobs: Blobs
}

/** Manifests name each other by digest, so a chain has no circle; but one can be long, and wide. */
const MOST_LINKS = 500
const DEEPEST = 16

export function createDatasetChains(deps: ChainDeps): DatasetChains {
  return {
    of: (inputs) => {
      let left = MOST_LINKS
      const linksOf = async (each: readonly DatasetInput[], depth: number): Promise<ChainLink[]> => {
        const links: ChainLink[] = []
        for (const input of each) {
          if (left === 0) break
          left -= 1
          const known = await lookUp(deps, input.manifestId)
          const { inputs: behind = [] } = known?.statement?.predicate.provenance ?? {}
          links.push({ ...linkOf(input, known), inputs: depth < DEEPEST ? await linksOf(behind, depth + 1) : [] })
        }
        return links
      }
      return linksOf(inputs, 1)
    },
  }
}

interface KnownDataset {
  readonly statement?: ManifestStatement | undefined
  readonly copyId?: string
  readonly withdrawn: boolean
}

/** As a dataset of this node, or as a copy. */
async function lookUp({ datasets, store, blobs }: ChainDeps, id: string): Promise<KnownDataset | undefined> {
  const manifestId = ManifestId.safeParse(id)
  if (!manifestId.success) return undefined
  const own = await datasets.statement(id)
  if (own !== undefined) {
    const record = await datasets.get(own.datasetId)
    return {
      statement: openedManifest(own.envelope, manifestId.data)?.statement,
      withdrawn: record?.state === 'withdrawn',
    }
  }
  const copies = (await store.ofManifest(id)).map(({ record }) => record)
  const withdrawn = copies.some(({ notices }) => notices.length > 0)
  const complete = copies.find(({ state }) => state === 'complete')
  if (complete === undefined) return { withdrawn }
  const kept = await keptManifest(blobs, copyFolder(complete.id), manifestId.data)
  return { statement: kept?.statement, copyId: complete.id, withdrawn }
}

function linkOf({ manifestId, datasetId, provider }: DatasetInput, known: KnownDataset | undefined) {
  const predicate = known?.statement?.predicate
  const dataset = predicate?.datasetId ?? datasetId
  const issuer = predicate?.issuer ?? provider
  return {
    manifestId,
    ...(dataset === undefined ? {} : { datasetId: dataset }),
    ...(issuer === undefined ? {} : { provider: issuer }),
    ...(predicate === undefined ? {} : { name: `${predicate.name}@${predicate.version}` }),
    ...(known?.copyId === undefined ? {} : { copyId: known.copyId }),
    withdrawn: known?.withdrawn ?? false,
    known: predicate !== undefined,
  }
}
