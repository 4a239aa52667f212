import { describe, expect, it } from 'vitest'
import { reasonsIn } from '../../protocol/dsp/answers.ts'
import { readCatalogQuery } from '../../protocol/catalog/query.ts'
import { readRemoteDataset } from '../../protocol/catalog/render.ts'
import { withoutEmptyLists } from '../../protocol/dsp/empty-lists.ts'
import { sameRules } from '../../protocol/policy/canonical.ts'
import { evaluatePolicy } from '../../protocol/policy/evaluate.ts'
import { withPlainLists } from '../../protocol/policy/values.ts'
import { KNOWN_OPERANDS } from '../../protocol/policy/vocabulary.ts'
import { readPullAddress } from '../../protocol/transfer/data-address.ts'
import { CatalogRequestMessage } from '../../schemas/catalog.ts'
import * as negotiation from '../../schemas/negotiation.ts'
import { Offer } from '../../schemas/policy.ts'
import * as transfer from '../../schemas/transfer.ts'

/** Written by Eclipse EDC 0.15.1 (scripts/conformance/edc), but for addresses and ids. */
const context = ['https://w3id.org/dspace/2025/1/context.jsonld', 'https://w3id.org/edc/dspace/v0.0.1']
const pids = { consumerPid: '146c3c45-b9c1-420d-aacb-44503df48177', providerPid: 'urn:uuid:290ba44c' }
const edc = (type: string, members: object) => ({
  '@id': '3a8041cc-ad50-49cb-83f7-f180b906ca7d',
  '@type': type,
  ...members,
  '@context': context,
})

const REQUEST = edc('ContractRequestMessage', {
  consumerPid: pids.consumerPid,
  callbackAddress: 'http://localhost:29194/protocol/2025-1',
  offer: {
    '@id': 'urn:uuid:4a8347c1-a3b1-4d1d-8160-4fcc8242a410',
    '@type': 'Offer',
    permission: [
      {
        action: 'use',
        constraint: [
          {
            leftOperand: 'odrl:recipient',
            operator: 'isAnyOf',
            rightOperand: '[{"@value":"did:web:other.example"},{"@value":"edc-partner"}]',
          },
        ],
      },
    ],
    prohibition: [{ action: 'odrl:distribute' }],
    obligation: [
      {
        action: 'odrl:delete',
        constraint: [{ leftOperand: 'odrl:dateTime', operator: 'lteq', rightOperand: '2027-11-30T22:28:20.257Z' }],
      },
    ],
    assigner: 'did:web:bureau.example',
    target: 'urn:uuid:5e32f68d-1d1b-4747-8275-a1ce7a845b82',
  },
})

const property = (name: string, value: string) => ({ '@type': 'EndpointProperty', name, value })
const START = edc('TransferStartMessage', {
  ...pids,
  dataAddress: {
    '@type': 'DataAddress',
    endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
    endpointProperties: [
      property('https://w3id.org/edc/v0.0.1/ns/endpoint', 'http://localhost:29290/public'),
      property('https://w3id.org/edc/v0.0.1/ns/authType', 'bearer'),
      property('https://w3id.org/edc/v0.0.1/ns/endpointType', 'https://w3id.org/idsa/v4.1/HTTP'),
      property('https://w3id.org/edc/v0.0.1/ns/authorization', 'eyJraWQiOiJwdWJsaWMta2V5In0.e30.c2ln'),
    ],
  },
})

const DATASET = {
  '@id': 'asset-1',
  '@type': 'Dataset',
  hasPolicy: [
    { '@id': 'ZGVmaW5pdGlvbi0x:YXNzZXQtMQ==:ZjY4', '@type': 'Offer', permission: [{ action: 'use' }], obligation: [] },
  ],
  distribution: [
    {
      '@type': 'Distribution',
      format: 'HttpData-PULL',
      accessService: {
        '@id': 'f707bed2-5518-4870-8060-ea7014d4fb29',
        '@type': 'DataService',
        endpointDescription: 'dspace:connector',
        endpointURL: 'http://localhost:29194/protocol/2025-1',
      },
    },
  ],
  'edc:name': 'Asset 1',
  description: 'Of the other connector.',
  id: 'asset-1',
  'edc:contenttype': 'application/json',
}

describe('what EDC writes', () => {
  it('asks for a catalog with a QuerySpec that asks for nothing special', () => {
    const message = {
      '@type': 'CatalogRequestMessage',
      filter: [{ '@type': 'QuerySpec', limit: 50, offset: 0, sortOrder: 'ASC', filterExpression: [] }],
      '@context': context,
    }
    const { filter } = CatalogRequestMessage.parse(message)
    expect(readCatalogQuery(filter ?? [], undefined)).toMatchObject({ limit: 50, skip: 0, filter: {} })
  })

  it('passes a list of values on as a text, which means the list', () => {
    const { offer } = negotiation.ContractRequestMessage.parse(REQUEST)
    const constraint = {
      leftOperand: 'odrl:recipient',
      operator: 'isAnyOf',
      rightOperand: ['did:web:other.example', 'edc-partner'],
    }
    const own = Offer.parse({ ...offer, permission: [{ action: 'use', constraint: [constraint] }] })
    expect(sameRules({ ...offer, target: undefined }, { ...own, target: undefined })).toBe(true)
    const facts = { scope: 'negotiation', memberships: [], use: 1, operands: [...KNOWN_OPERANDS] } as const
    const now = Date.parse('2026-12-01T00:00:00Z')
    const permitted = (recipient: string) => evaluatePolicy(offer, { ...facts, recipient }, now).permitted
    expect([permitted('edc-partner'), permitted('edc')]).toEqual([true, false])
    expect(withPlainLists(offer.permission)).toEqual(own.permission)
  })

  it('keeps a text that only looks like a list', () => {
    for (const rightOperand of ['[{"@value":1', '[{"@value":{}}]', '[{"@other":"x"}]', '[1]', 'plain']) {
      expect(withPlainLists({ rightOperand })).toEqual({ rightOperand })
    }
  })

  it.each([
    [negotiation.ContractAgreementVerificationMessage, 'ContractAgreementVerificationMessage', {}],
    [negotiation.ContractNegotiationEventMessage, 'ContractNegotiationEventMessage', { eventType: 'FINALIZED' }],
    [
      negotiation.ContractNegotiationTerminationMessage,
      'ContractNegotiationTerminationMessage',
      { reason: ['no need'] },
    ],
    [negotiation.ContractNegotiation, 'ContractNegotiation', { state: 'REQUESTED' }],
    [
      negotiation.ContractAgreementMessage,
      'ContractAgreementMessage',
      {
        agreement: {
          '@id': 'a2877be3-4e79-4722-a79f-ae9a389bc7e9',
          '@type': 'Agreement',
          permission: [{ action: 'use' }],
          assignee: 'did:web:lab.example',
          assigner: 'edc-partner',
          target: 'asset-2',
          timestamp: '2026-11-30T22:33:13Z',
        },
      },
    ],
    [
      transfer.TransferRequestMessage,
      'TransferRequestMessage',
      {
        agreementId: 'urn:uuid:822e9e56',
        format: 'HttpData-PULL',
        callbackAddress: 'http://localhost:29194/protocol/2025-1',
      },
    ],
    [transfer.TransferStartMessage, 'TransferStartMessage', {}],
    [transfer.TransferSuspensionMessage, 'TransferSuspensionMessage', { reason: ['a pause'] }],
    [transfer.TransferCompletionMessage, 'TransferCompletionMessage', {}],
    [transfer.TransferTerminationMessage, 'TransferTerminationMessage', { reason: ['enough'] }],
    [transfer.TransferProcess, 'TransferProcess', { state: 'REQUESTED' }],
  ] as const)('is read: %#, %s', (schema, type, members) => {
    const parsed = schema.safeParse(edc(type, { ...pids, ...members }))
    expect(parsed.error).toBeUndefined()
  })

  it('starts a pull with an address whose members are all properties', () => {
    const { dataAddress } = transfer.TransferStartMessage.parse(START)
    expect(dataAddress === undefined ? undefined : readPullAddress(dataAddress)).toEqual({
      endpoint: 'http://localhost:29290/public',
      authorization: 'Bearer eyJraWQiOiJwdWJsaWMta2V5In0.e30.c2ln',
    })
  })

  it('describes an asset in words of its own', () => {
    expect(readRemoteDataset('edc-partner', withoutEmptyLists(DATASET))).toMatchObject({
      id: 'asset-1',
      title: 'Asset 1',
      description: 'Of the other connector.',
      formats: ['HttpData-PULL'],
      offers: [{ '@id': 'ZGVmaW5pdGlvbi0x:YXNzZXQtMQ==:ZjY4', permission: [{ action: 'use' }] }],
    })
  })

  it('refuses without the ids of the process, and with a reason', () => {
    const reason = ['Cannot process ContractAgreementMessage because negotiation cannot be agreed']
    const error = { '@type': 'ContractNegotiationError', code: '409', reason, '@context': context }
    expect(reasonsIn(error, 409)).toEqual(reason)
  })
})
