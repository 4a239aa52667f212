import {
  CATALOG_FILTER,
  CatalogContinuation,
  CatalogFilter,
  type CatalogPlace,
  FIRST_PAGE,
  LATER_PAGE,
} from '../../schemas/catalog.ts'
import { fromBase64Url, toBase64Url, utf8 } from '../canonical/hash.ts'
import { readStrictJson } from '../canonical/strict-json.ts'
import type { Refusal } from '../refusal.ts'
import { joinFilters } from './filter.ts'
import { readQuerySpec } from './query-spec.ts'

/** The page that a catalog request asks for. */
export interface PageRequest {
  readonly filter: CatalogFilter
  readonly limit: number
  /** Datasets of the pages around this one. */
  readonly limitBeside: number
  /** Fitting datasets that are passed over before the first one shown. */
  readonly skip: number
  /** Absent: from the first dataset. `before`: the page that ends there. */
  readonly from?: { readonly after: CatalogPlace } | { readonly before: CatalogPlace }
}

/** In UTF-8 and JSON: the filter travels in the address of the next page. */
const LONGEST_FILTER = 2048
const LONGEST_TOKEN = 6000

/**
 * Reads `filter` of a CatalogRequestMessage: absent, empty, or at most one filter of ours and one QuerySpec. A continuation
 * token says all there is to say, so the filter beside it is not read. Everything else is a refusal that names what is
 * supported, as DSP 2025-1 wants for filters that a provider does not know.
 */
export function readCatalogQuery(
  filter: readonly unknown[] | undefined,
  continuation: string | undefined,
): PageRequest | Refusal {
  if (continuation !== undefined) {
    return readContinuation(continuation) ?? refused('the continuation token is not one of this node', TOKEN_HINT)
  }
  const ours = (filter ?? []).filter(isOurs)
  const others = (filter ?? []).filter((item) => !isOurs(item))
  if (ours.length > 1 || others.length > 1) return unsupported('more than one filter of a kind')
  const own = ours.length === 0 ? {} : readFilter(ours[0])
  if (own === undefined) return unsupported(`a ${CATALOG_FILTER} that is not well-formed`)
  const spec = others.length === 0 ? { offset: 0, filter: {} } : readQuerySpec(others[0])
  if (spec === undefined) return unsupported('this filter')
  const joined = joinFilters(own, spec.filter)
  if (joined === undefined) return unsupported('two filters that exclude each other')
  if (utf8(JSON.stringify(joined)).length > LONGEST_FILTER) return unsupported(`more than ${LONGEST_FILTER} bytes`)
  const limit = Math.min(spec.limit ?? FIRST_PAGE, FIRST_PAGE)
  return { filter: joined, limit, limitBeside: spec.limit === undefined ? LATER_PAGE : limit, skip: spec.offset }
}

/** Token for the page of the same request that follows the place, or that ends before it. */
export function writeContinuation(
  { filter, limitBeside: limit }: Pick<PageRequest, 'filter' | 'limitBeside'>,
  from: NonNullable<PageRequest['from']>,
): string {
  const token: CatalogContinuation = { v: 1, ...from, limit, filter }
  return toBase64Url(utf8(JSON.stringify(token)))
}

function readContinuation(text: string): PageRequest | undefined {
  if (text.length > LONGEST_TOKEN) return undefined
  const bytes = fromBase64Url(text)
  const token = bytes === undefined ? undefined : CatalogContinuation.safeParse(readStrictJson(bytes)).data
  if (token === undefined) return undefined
  const { after, before, limit, filter } = token
  const page = { filter, limit, limitBeside: limit, skip: 0 }
  if (after !== undefined && before === undefined) return { ...page, from: { after } }
  return before !== undefined && after === undefined ? { ...page, from: { before } } : undefined
}

/** The form in which a filter of ours is sent. */
export function writeFilter(filter: CatalogFilter): object {
  return { '@type': CATALOG_FILTER, ...filter }
}

function isOurs(item: unknown): item is object {
  return typeof item === 'object' && item !== null && '@type' in item && item['@type'] === CATALOG_FILTER
}

function readFilter(item: object | undefined): CatalogFilter | undefined {
  const { '@type': _, ...members } = { '@type': '', ...item }
  return CatalogFilter.safeParse(members).data
}

const TOKEN_HINT = 'Follow the links as they are, or start again without one.'

function unsupported(what: string): Refusal {
  return refused(
    `not supported: ${what}. Supported are a ${CATALOG_FILTER} with text, publisher, keyword, conformsTo or purpose, and a QuerySpec with offset, limit, and criteria about keyword (=, contains), publisher, conformsTo or purpose (=)`,
    'Leave the filter out, or send one of the supported ones.',
  )
}

function refused(detail: string, hint: string): Refusal {
  return { code: 'invalid-request', detail, hint }
}
