import { describe, expect, it } from 'vitest'
import { DatasetEvaluation, TableColumn } from '../../schemas/datasets.ts'
import { Did, Instant, DatasetId } from '../../schemas/ids.ts'
import { packedCroissant, renderedCroissant } from './croissant.ts'
import type { CroissantInput } from './croissant-input.ts'
import { exampleResource } from './example-manifest.ts'

function input(parts = 1): CroissantInput {
  return {
    id: DatasetId.parse('urn:uuid:00000000-0000-4000-8000-000000000001'),
    name: 'cities',
    version: '1.0.0',
    title: '都市',
    description: 'Cities',
    keywords: [],
    license: 'CC-BY-4.0',
    language: 'ja',
    subject: 'persons',
    columns: [
      TableColumn.parse({ name: 'age group', type: 'int32' }),
      TableColumn.parse({ name: '都市', type: 'string' }),
    ],
    notes: { dataCollection: 'Collected by hand.' },
    resources: Array.from({ length: parts }, (_, at) => exampleResource(`cities-000${at + 1}.parquet`, 10)),
    provenance: { seedCommitment: undefined },
    source: { kind: 'file' },
    supersedes: undefined,
    offers: [
      {
        '@id': 'urn:uuid:2',
        '@type': 'Offer',
        permission: [
          { action: 'use', constraint: [{ leftOperand: 'odrl:count', operator: 'lteq', rightOperand: '3' }] },
        ],
      },
    ],
    evaluation: DatasetEvaluation.parse({
      verdict: 'pass',
      at: '2026-11-22T10:00:00.000Z',
      rulebookVersion: '1',
      reasons: [],
      datasetRoot: 'a'.repeat(64),
      publicReport: { sha256: 'c'.repeat(64), size: 1, mediaType: 'application/json' },
      fullReport: { sha256: 'd'.repeat(64) },
    }),
    creator: { did: Did.parse('did:web:p.example'), name: 'Bureau', url: 'https://p.example' },
    url: 'https://p.example/d',
    publishedAt: Instant.parse('2026-11-22T10:00:00.000Z'),
  }
}

const rendering = {
  packedSha256: 'e'.repeat(64),
  manifestUrl: 'https://p.example/manifests/m',
  objectUrl: (sha256: string, name: string) => `https://p.example/objects/${sha256}/${name}`,
}

describe('Croissant description', () => {
  it('packs relative addresses and renders absolute ones that hold the digest', () => {
    expect(packedCroissant(input())).toMatchObject({ distribution: [{ contentUrl: 'cities-0001.parquet' }] })
    const contentUrl = `https://p.example/objects/${'a'.repeat(64)}/cities-0001.parquet`
    expect(renderedCroissant(input(), rendering)).toMatchObject({ distribution: [{ contentUrl }] })
  })

  it('names the packed form in what it serves', () => {
    expect(JSON.stringify(renderedCroissant(input(), rendering)['dct:isFormatOf'])).toContain('e'.repeat(64))
  })

  it('reads several parts as one file set when packed and as one record set each when served', () => {
    const packed = packedCroissant(input(2))
    expect(packed).toMatchObject({
      recordSet: [{ '@id': 'records', field: [{ source: { fileSet: { '@id': 'parts' } } }, {}] }],
    })
    const rendered = renderedCroissant(input(2), rendering)
    expect(rendered).toMatchObject({ recordSet: [{ '@id': 'records-0001' }, { '@id': 'records-0002' }] })
  })

  it('keeps white space out of identifiers and in names', () => {
    expect(packedCroissant(input())).toMatchObject({
      recordSet: [
        {
          field: [
            { '@id': 'records/age%20group', name: 'age group', source: { extract: { column: 'age group' } } },
            {},
          ],
        },
      ],
    })
  })

  it('says the policy in the vocabulary of ODRL', () => {
    expect(packedCroissant(input()).usageInfo).toEqual([
      {
        '@type': 'odrl:Offer',
        '@id': 'urn:uuid:2',
        'odrl:permission': [
          {
            'odrl:action': { '@id': 'odrl:use' },
            'odrl:constraint': [
              {
                '@type': 'odrl:Constraint',
                'odrl:leftOperand': { '@id': 'odrl:count' },
                'odrl:operator': { '@id': 'odrl:lteq' },
                'odrl:rightOperand': '3',
              },
            ],
          },
        ],
      },
    ])
  })

  it('never calls an imported file synthetic', () => {
    const text = String(packedCroissant(input())['rai:dataCollection'])
    expect(text).toBe('Collected by hand. Imported from a file by the provider.')
  })

  it('has the strings that readers compare exactly', () => {
    const packed = packedCroissant(input())
    expect(packed.conformsTo).toContain('http://mlcommons.org/croissant/1.1')
    expect(packed).toMatchObject({ '@context': { '@vocab': 'https://schema.org/', sc: 'https://schema.org/' } })
  })
})
