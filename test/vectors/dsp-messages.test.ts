import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type * as z from 'zod'
import { utf8 } from '../../protocol/canonical/hash.ts'
import { readStrictJson } from '../../protocol/canonical/strict-json.ts'
import { readCatalogQuery, writeFilter } from '../../protocol/catalog/query.ts'
import { catalogJson, renderCatalog, renderDataset } from '../../protocol/catalog/render.ts'
import { faultOf } from '../../protocol/dsp/messages.ts'
import { negotiationLetter } from '../../protocol/negotiation/messages.ts'
import { writeOffer } from '../../protocol/policy/templates.ts'
import { pullAddress, readPullAddress } from '../../protocol/transfer/data-address.ts'
import { transferLetter } from '../../protocol/transfer/messages.ts'
import { sinkAddress } from '../../protocol/transfer/sink-address.ts'
import * as catalog from '../../schemas/catalog.ts'
import { Did, Instant } from '../../schemas/ids.ts'
import * as negotiation from '../../schemas/negotiation.ts'
import { DSP_CONTEXT, type Role } from '../../schemas/dsp.ts'
import { Agreement, OfferTerms } from '../../schemas/policy.ts'
import { Sink } from '../../schemas/pushes.ts'
import * as transfer from '../../schemas/transfer.ts'
import { exampleDataset } from '../contract/datasets-store.ts'
import { sharedPath } from '../shared-material.ts'
import { dspSchemas, readSchemaFile } from './dsp-schemas.ts'

const folder = sharedPath('vectors/dsp')

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  CatalogRequestMessage: catalog.CatalogRequestMessage,
  DatasetRequestMessage: catalog.DatasetRequestMessage,
  CatalogError: catalog.CatalogError,
  Catalog: catalog.Catalog,
  Dataset: catalog.RootDataset,
  ContractRequestMessage: negotiation.ContractRequestMessage,
  ContractOfferMessage: negotiation.ContractOfferMessage,
  ContractAgreementMessage: negotiation.ContractAgreementMessage,
  ContractAgreementVerificationMessage: negotiation.ContractAgreementVerificationMessage,
  ContractNegotiationEventMessage: negotiation.ContractNegotiationEventMessage,
  ContractNegotiationTerminationMessage: negotiation.ContractNegotiationTerminationMessage,
  ContractNegotiation: negotiation.ContractNegotiation,
  ContractNegotiationError: negotiation.ContractNegotiationError,
  TransferRequestMessage: transfer.TransferRequestMessage,
  TransferStartMessage: transfer.TransferStartMessage,
  TransferCompletionMessage: transfer.TransferCompletionMessage,
  TransferSuspensionMessage: transfer.TransferSuspensionMessage,
  TransferTerminationMessage: transfer.TransferTerminationMessage,
  TransferProcess: transfer.TransferProcess,
  TransferError: transfer.TransferError,
}

const NOW = Date.parse('2026-06-01T00:00:00.000Z')
const at = Instant.parse('2026-06-01T00:00:00.000Z')
const BUREAU = Did.parse('did:web:bureau.example')
const LAB = Did.parse('did:web:lab.example')
const terms = OfferTerms.parse({ partners: [LAB], purposes: ['research'], pulls: 2, notAfter: at })
const offer = writeOffer(terms, {
  id: 'urn:uuid:o',
  now: NOW,
  rulebook: { authority: BUREAU, retention: { maxDays: 9 } },
})
const messageOffer = { ...offer, '@type': 'Offer' as const, target: 'urn:uuid:d' }
const agreement = Agreement.parse({
  ...messageOffer,
  '@id': 'urn:uuid:a',
  '@type': 'Agreement',
  assigner: BUREAU,
  assignee: LAB,
  timestamp: at,
})
const termination = { by: 'provider', code: 'policy-denied', reasons: ['No.'] } as const
const common = {
  peer: BUREAU,
  peerAddress: 'https://p.example/dsp',
  memberships: [],
  seen: [],
  createdAt: at,
  updatedAt: at,
}

function negotiationMessages(): unknown[] {
  const process = (role: Role, peerPid?: string): negotiation.Negotiation => ({
    ...common,
    pid: 'urn:uuid:own',
    role,
    datasetId: 'urn:uuid:d',
    offer: messageOffer,
    offeredBy: 'provider',
    state: 'REQUESTED',
    purpose: 'research',
    ...(peerPid === undefined ? {} : { peerPid }),
  })
  const letter = (from: negotiation.Negotiation, says: negotiation.NegotiationSpeech, more: object = {}) =>
    negotiationLetter(from, { id: 'urn:uuid:m', says, to: 'REQUESTED', ...more }, 'https://c.example/dsp').message
  const [consumer, provider] = [process('consumer', 'urn:uuid:peer'), process('provider', 'urn:uuid:peer')]
  return [
    letter(process('consumer'), 'request'),
    letter(consumer, 'request'),
    letter(consumer, 'acceptance'),
    letter(consumer, 'verification'),
    letter(consumer, 'termination'),
    letter(provider, 'offer'),
    letter(provider, 'agreement', { agreement }),
    letter(provider, 'finalization'),
    letter(provider, 'termination', { termination }),
    letter(provider, 'termination', { termination: { ...termination, reasons: [] } }),
  ]
}

function transferMessages(): unknown[] {
  const process = (role: Role, peerPid?: string): transfer.Transfer => ({
    ...common,
    pid: 'urn:uuid:own',
    role,
    agreementId: 'urn:uuid:a',
    datasetId: 'urn:uuid:d',
    format: transfer.PULL_FORMAT,
    state: 'STARTED',
    ...(peerPid === undefined ? {} : { peerPid }),
  })
  const dataAddress = pullAddress('https://p.example/data/1', 'TOKEN')
  const callbackAddress = 'https://c.example/dsp'
  const request = { id: 'urn:uuid:m', says: 'request', to: 'REQUESTED' } as const
  const keys = { accessKeyId: 'A', secretAccessKey: 'S' }
  const sinks = [
    { kind: 'http', url: 'https://c.example/in', headers: { authorization: 'Bearer T', 'x-run': '1' } },
    { kind: 's3', bucket: 'lab-in', region: 'eu-central-1', endpoint: 'https://s3.example', prefix: 'in', ...keys },
    { kind: 'presigned', urls: { 'part.parquet': 'https://c.example/in?sig=1' } },
  ].map((sink) => Sink.parse(sink))
  const letter = (from: transfer.Transfer, says: transfer.TransferSpeech, more: object = {}) =>
    transferLetter(
      from,
      { id: 'urn:uuid:m', says, to: 'STARTED', after: 'urn:uuid:l', ...more },
      { callbackAddress: 'https://c.example/dsp', dataAddress },
    ).message
  const provider = process('provider', 'urn:uuid:peer')
  return [
    letter(process('consumer'), 'request'),
    ...sinks.map(
      (sink) =>
        transferLetter(process('consumer'), request, { callbackAddress, dataAddress: sinkAddress(sink) }).message,
    ),
    letter(provider, 'start'),
    letter(provider, 'completion'),
    letter(provider, 'suspension', { termination }),
    letter(provider, 'termination', { termination }),
  ]
}

function catalogMessages(): unknown[] {
  const service = { '@id': 'urn:uuid:s', '@type': 'DataService' as const, endpointURL: 'https://p.example/dsp/2025-1' }
  const record = exampleDataset(1)
  const parts = { id: 'urn:uuid:c', participantId: BUREAU, service }
  const unsupported = readCatalogQuery(['title=x'], undefined)
  if (!('code' in unsupported)) throw new Error('the filter was supported')
  return [
    renderCatalog({ ...parts, datasets: [renderDataset(record, [offer], service['@id'])] }),
    renderCatalog({ ...parts, datasets: [] }),
    { '@context': [DSP_CONTEXT], ...renderDataset(record, [offer], service) },
    { '@context': [DSP_CONTEXT], '@type': 'CatalogRequestMessage' },
    {
      '@context': [DSP_CONTEXT],
      '@type': 'CatalogRequestMessage',
      filter: [writeFilter({ text: 'a', keyword: ['b'] })],
    },
    { '@context': [DSP_CONTEXT], '@type': 'CatalogError', code: 'not-found', reason: ['no'] },
    { '@context': [DSP_CONTEXT], '@type': 'CatalogError', ...faultOf(unsupported) },
    readStrictJson(catalogJson(parts, [utf8(JSON.stringify(renderDataset(record, [offer, offer], service['@id'])))])),
  ]
}

describe.skipIf(folder === undefined)('messages of the Dataspace Protocol', () => {
  const faults = folder === undefined ? () => [] : dspSchemas(folder)

  it.each([...negotiationMessages(), ...transferMessages(), ...catalogMessages()])(
    'are said as the published schema wants: %j',
    (message) => {
      expect(faults(JSON.parse(JSON.stringify(message)))).toEqual([])
    },
  )

  it('are acknowledged and refused as the published schemas want', () => {
    const pids = { '@context': [DSP_CONTEXT], providerPid: 'urn:uuid:p', consumerPid: 'urn:uuid:c' }
    for (const type of ['ContractNegotiation', 'TransferProcess']) {
      expect(faults({ ...pids, '@type': type, state: 'REQUESTED' })).toEqual([])
    }
    expect(faults({ ...pids, '@type': 'TransferError', code: 'conflict', reason: ['no'] })).toEqual([])
    expect(faults({ ...pids, '@type': 'ContractNegotiationError', code: 'conflict', reason: ['no'] })).toEqual([])
  })

  it('are read in every form that the examples of the specification show', () => {
    let read = 0
    for (const part of ['catalog', 'negotiation', 'transfer']) {
      for (const name of readdirSync(join(folder ?? '', part, 'example'))) {
        const example = readSchemaFile(join(folder ?? '', part, 'example', name))
        const schema = SCHEMAS[String(example['@type'])] ?? expect.fail(`no schema for ${name}`)
        expect(schema.safeParse(example).error, name).toBeUndefined()
        read += 1
      }
    }
    expect(read).toBe(24)
  })

  it('are read leniently: single values for lists, empty lists, one context, unknown members', () => {
    const message = {
      '@context': DSP_CONTEXT,
      '@type': 'ContractRequestMessage',
      consumerPid: 'ACN0101',
      callbackAddress: 'https://c.example',
      unknown: 1,
      offer: { '@id': 'CD1', '@type': 'Offer', permission: { action: 'use', constraint: [] }, prohibition: [] },
    }
    const parsed = negotiation.ContractRequestMessage.parse(message)
    expect(parsed.offer.permission).toEqual([{ action: 'use' }])
    expect('prohibition' in parsed.offer && parsed.offer.prohibition !== undefined).toBe(false)
  })

  it('carry a data address that is read in the forms of the specification and of EDC', () => {
    const full = pullAddress('https://p.example/data/1/', 'TOKEN')
    const { endpoint: _, ...edc } = {
      ...full,
      endpointProperties: full.endpointProperties?.filter((property) => property.name.includes('/ns/')),
    }
    for (const address of [full, edc]) {
      expect(readPullAddress(transfer.DataAddress.parse(address))).toEqual({
        endpoint: 'https://p.example/data/1',
        authorization: 'Bearer TOKEN',
      })
    }
  })
})
