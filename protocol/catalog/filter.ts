import type { CatalogFilter } from '../../schemas/catalog.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'

/** What a filter looks at, in the form in which it compares. */
export interface SearchedDataset {
  readonly text: string
  readonly keywords: ReadonlySet<string>
  readonly conformsTo: string
  readonly publisher: string
}

/** One spelling for what people write in several: width (NFKC), then case. Independent of any locale. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

export function searchedDataset(
  { title, description, name, keywords }: Pick<DatasetRecord, 'title' | 'description' | 'name' | 'keywords'>,
  { conformsTo, publisher }: { readonly conformsTo: string; readonly publisher: string },
): SearchedDataset {
  return {
    text: folded(`${title}\n${description}\n${name}`),
    keywords: new Set(keywords.map(folded)),
    conformsTo,
    publisher,
  }
}

/** Tells whether a dataset fits every member of the filter but `purpose`, which its offers decide for the one who asks. */
export function filterTest(filter: CatalogFilter): (dataset: SearchedDataset) => boolean {
  const words = filter.text === undefined ? [] : folded(filter.text).split(/\s+/u)
  const keywords = (filter.keyword ?? []).map(folded)
  return (dataset) =>
    (filter.publisher === undefined || filter.publisher === dataset.publisher) &&
    (filter.conformsTo === undefined || filter.conformsTo === dataset.conformsTo) &&
    keywords.every((keyword) => dataset.keywords.has(keyword)) &&
    words.every((word) => dataset.text.includes(word))
}

/** Both filters as one; undefined when no dataset could fit both. */
export function joinFilters(a: CatalogFilter, b: CatalogFilter): CatalogFilter | undefined {
  for (const member of ['text', 'publisher', 'conformsTo', 'purpose'] as const) {
    if (a[member] !== undefined && b[member] !== undefined && a[member] !== b[member]) return undefined
  }
  const keyword = [...new Set([...(a.keyword ?? []), ...(b.keyword ?? [])])]
  return { ...a, ...b, ...(keyword.length === 0 ? {} : { keyword }) }
}
