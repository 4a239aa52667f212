import { readRemoteDataset } from '../../protocol/catalog/render.ts'
import { refuse } from '../../protocol/refusal.ts'
import { browse } from './browse.ts'
import type { CatalogDeps, Catalogs } from './operations.ts'
import { NOT_DSP, refusedBy } from './partner-answers.ts'

/** What partners offer, read over the Dataspace Protocol. */
export function createRemoteCatalogs(deps: CatalogDeps): Pick<Catalogs, 'browse' | 'show'> {
  const { partners } = deps
  return {
    browse: (provider, filter) => browse(deps, provider, filter),
    show: async (provider, id) => {
      const url = `${await partners.addressOf(provider)}/catalog/datasets/${encodeURIComponent(id)}`
      const answer = await partners.send(provider, { url })
      if (answer.status === 404) {
        refuse(
          'not-found',
          'the partner offers you no such dataset',
          `See what it offers, by id: tanemaki catalog browse ${provider}`,
        )
      }
      if (answer.status !== 200) refusedBy(answer, provider)
      const dataset = readRemoteDataset(provider, answer.body)
      return (
        dataset ?? refuse('peer-refused', 'the partner describes the dataset in a way that cannot be read', NOT_DSP)
      )
    },
  }
}
