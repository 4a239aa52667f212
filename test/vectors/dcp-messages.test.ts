import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js'
import { describe, expect, it } from 'vitest'
import { issuerMetadata } from '../../node/governance/issuer-metadata.ts'
import {
  CredentialMessage,
  CredentialOfferMessage,
  CredentialRequestMessage,
  CredentialStatus,
  DCP_CONTEXT,
  IssuerMetadata,
  PresentationQueryMessage,
  PresentationResponseMessage,
} from '../../schemas/identity.ts'
import { Did } from '../../schemas/ids.ts'
import { sharedPath } from '../shared-material.ts'

const folder = sharedPath('vectors/dcp')
const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(folder ?? '', ...path), 'utf8'))

/** Schemas of DCP 1.0.1; the two documents of Presentation Exchange that they refer to are not published with them. */
function loadSchemas(): Ajv2019 {
  const ajv = new Ajv2019({ strict: false, validateFormats: false })
  const exchange = 'https://identity.foundation/presentation-exchange/schemas'
  ajv.addSchema({
    $id: `${exchange}/presentation-definition.json`,
    type: 'object',
    required: ['id', 'input_descriptors'],
  })
  ajv.addSchema({ $id: `${exchange}/presentation-submission.json`, properties: { presentation_submission: {} } })
  for (const part of ['presentation', 'issuance', 'common']) {
    for (const name of readdirSync(join(folder ?? '', part)).filter((file) => file.endsWith('.json'))) {
      const schema = readJson(part, name)
      if (typeof schema !== 'object' || schema === null) throw new Error(`${name} is no schema`)
      ajv.addSchema({
        ...schema,
        ...(part === 'common' ? { $id: 'https://w3id.org/dspace-dcp/v1.0/common/context-schema.json' } : {}),
      })
    }
  }
  return ajv
}

const base = { '@context': [DCP_CONTEXT] }
const emitted: [schema: string, message: Record<string, unknown>][] = [
  [
    'presentation/presentation-query-message-schema.json',
    { ...base, type: 'PresentationQueryMessage', scope: ['org.eclipse.dspace.dcp.vc.type:MembershipCredential:read'] },
  ],
  [
    'presentation/presentation-response-message-schema.json',
    { ...base, type: 'PresentationResponseMessage', presentation: ['a.b.c'] },
  ],
  [
    'issuance/credential-request-message-schema.json',
    { ...base, type: 'CredentialRequestMessage', holderPid: 'urn:uuid:1', credentials: [{ id: 'x' }] },
  ],
  [
    'presentation/credential-message-schema.json',
    {
      ...base,
      type: 'CredentialMessage',
      issuerPid: '1',
      holderPid: 'urn:uuid:1',
      status: 'ISSUED',
      credentials: [{ credentialType: 'MembershipCredential', payload: 'a.b.c', format: 'vc11-sl2021/jwt' }],
    },
  ],
  [
    'issuance/credential-status-schema.json',
    { ...base, type: 'CredentialStatus', issuerPid: '1', holderPid: '2', status: 'RECEIVED' },
  ],
  [
    'issuance/issuer-metadata-schema.json',
    issuerMetadata(Did.parse('did:web:authority.example'), 'https://authority.example'),
  ],
]

describe.skipIf(folder === undefined)('messages of the Decentralized Claims Protocol', () => {
  it.each(emitted)('follow the published %s', (schema, message) => {
    const validate: ValidateFunction | undefined = loadSchemas().getSchema(`https://w3id.org/dspace-dcp/v1.0/${schema}`)
    expect(validate).toBeDefined()
    validate?.(message)
    expect(validate?.errors).toBeNull()
  })

  it.each([
    ['presentation/example/presentation-query-message.json', PresentationQueryMessage],
    ['presentation/example/presentation-query-message-w-presentation-definition.json', PresentationQueryMessage],
    ['presentation/example/presentation-response-message.json', PresentationResponseMessage],
    ['presentation/example/presentation-response-message-w-presentation-submission.json', PresentationResponseMessage],
    ['issuance/example/credential-message.json', CredentialMessage],
    ['issuance/example/credential-message-rejected.json', CredentialMessage],
    ['issuance/example/credential-request-message.json', CredentialRequestMessage],
    ['issuance/example/credential-status.json', CredentialStatus],
  ] as const)('are read as in the published %s', (name, schema) => {
    expect(schema.safeParse(readJson(name)).error).toBeUndefined()
  })

  it('name a DID as issuer, which two of the published examples do not', () => {
    expect(IssuerMetadata.safeParse(readJson('issuance/example/issuer-metadata.json')).success).toBe(true)
    const offer = CredentialOfferMessage.safeParse(readJson('issuance/example/credential-offer-message.json'))
    expect(offer.error?.issues.map(({ path }) => path.join('.'))).toEqual(['issuer'])
  })
})
