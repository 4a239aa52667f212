import type { ColumnType, Resource, TableColumn } from '../../schemas/datasets.ts'
import { odrlOffer } from './croissant-policy.ts'
import { CROISSANT_CONFORMS_TO, CROISSANT_CONTEXT } from './croissant-context.ts'
import { provenanceOf, responsibleAi } from './croissant-provenance.ts'
import type { CroissantInput } from './croissant-input.ts'

/**
 * Croissant 1.1 description with Responsible AI 1.0 section, PROV-O provenance and the ODRL offers as usage information.
 * Two forms: *packed* beside the files with relative URLs (bound by the manifest), and *rendered* for reading by URL with
 * absolute ones. Shapes follow what mlcroissant 1.1.1 accepts: https for schema.org, the exact `conformsTo` string, several
 * parts as a FileSet without `containedIn` (packed) or one record set per file (rendered).
 */

type Json = Record<string, unknown>

const FILE_SET = 'parts'
/** The registered type alone is refused by the reference reader. */
const PARQUET = ['application/vnd.apache.parquet', 'application/x-parquet']

/** Description to be packed with the files: every `contentUrl` is a plain file name. */
export function packedCroissant(input: CroissantInput): Json {
  const several = input.resources.length > 1
  const files = input.resources.map((resource) => fileObject(resource, resource.name))
  const [first] = input.resources
  const source = several ? { fileSet: { '@id': FILE_SET } } : { fileObject: { '@id': first?.name ?? '' } }
  return {
    ...head(input),
    distribution: several ? [...files, fileSet()] : files,
    recordSet: [recordSet('records', input.columns, source)],
  }
}

/** Where a rendering is served and what it renders. */
export interface Rendering {
  /** SHA-256 of the packed document. */
  readonly packedSha256: string
  /** URL of the signed manifest. */
  readonly manifestUrl: string
  /** Absolute URL of a document or file by its digest. */
  objectUrl(sha256: string, name: string): string
}

/** Description for readers that fetch it by URL: absolute URLs, one record set per file, and the packed form's digest. */
export function renderedCroissant(input: CroissantInput, rendering: Rendering): Json {
  const several = input.resources.length > 1
  return {
    ...head(input),
    'dct:isFormatOf': {
      '@id': rendering.objectUrl(rendering.packedSha256, 'croissant.json'),
      'spdx:checksum': {
        '@type': 'spdx:Checksum',
        'spdx:algorithm': { '@id': 'spdx:checksumAlgorithm_sha256' },
        'spdx:checksumValue': rendering.packedSha256,
      },
    },
    'dct:isReferencedBy': { '@id': rendering.manifestUrl },
    distribution: input.resources.map((resource) =>
      fileObject(resource, rendering.objectUrl(resource.digest.sha256, resource.name)),
    ),
    recordSet: input.resources.map((resource, index) =>
      recordSet(several ? `records-${String(index + 1).padStart(4, '0')}` : 'records', input.columns, {
        fileObject: { '@id': resource.name },
      }),
    ),
  }
}

function head(input: CroissantInput): Json {
  return {
    '@context': CROISSANT_CONTEXT,
    '@type': 'sc:Dataset',
    conformsTo: CROISSANT_CONFORMS_TO,
    identifier: input.id,
    name: input.title,
    alternateName: input.name,
    description: input.description,
    version: input.version,
    license: licenseUrl(input.license),
    url: input.url,
    creator: { '@type': 'sc:Organization', '@id': input.creator.did, name: input.creator.name, url: input.creator.url },
    datePublished: input.publishedAt.slice(0, 10),
    inLanguage: input.language,
    citeAs: `${input.creator.name} (${input.publishedAt.slice(0, 4)}). ${input.title}. Version ${input.version}. ${input.id}`,
    ...(input.keywords.length === 0 ? {} : { keywords: input.keywords }),
    ...provenanceOf(input),
    ...responsibleAi(input),
    usageInfo: input.offers.map(odrlOffer),
  }
}

function fileObject(resource: Resource, contentUrl: string): Json {
  return {
    '@type': 'cr:FileObject',
    '@id': resource.name,
    name: resource.name,
    contentUrl,
    contentSize: `${resource.size} B`,
    encodingFormat: PARQUET,
    sha256: resource.digest.sha256,
  }
}

function fileSet(): Json {
  return { '@type': 'cr:FileSet', '@id': FILE_SET, name: FILE_SET, encodingFormat: PARQUET, includes: '*.parquet' }
}

function recordSet(id: string, columns: readonly TableColumn[], source: Json): Json {
  return {
    '@type': 'cr:RecordSet',
    '@id': id,
    name: id,
    field: columns.map((column) => ({
      '@type': 'cr:Field',
      '@id': `${id}/${encodeURIComponent(column.name)}`,
      name: column.name,
      ...(column.description === undefined ? {} : { description: column.description }),
      dataType: DATA_TYPES[column.type],
      source: { ...source, extract: { column: column.name } },
    })),
  }
}

const DATA_TYPES: Readonly<Record<ColumnType, string>> = {
  int32: 'sc:Integer',
  int64: 'sc:Integer',
  double: 'sc:Float',
  decimal: 'sc:Float',
  string: 'sc:Text',
  boolean: 'sc:Boolean',
  date: 'sc:Date',
}

function licenseUrl(license: string): string {
  return license.startsWith('LicenseRef-') ? license : `https://spdx.org/licenses/${license}.html`
}
