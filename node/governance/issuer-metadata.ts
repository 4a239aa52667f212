import { DCP_CONTEXT, type IssuerMetadata } from '../../schemas/identity.ts'
import type { Did } from '../../schemas/ids.ts'
import { membershipType } from '../../protocol/identity/scope.ts'

export const membershipCredentialId = 'urn:tanemaki:credential:membership:v1'
export const membershipSchemaPath = '/issuer/schemas/membership-credential'

/** What an authority gives (DCP 1.0 §6.8), and on what condition: a pre-authorised code, its invitation. */
export function issuerMetadata(issuer: Did, publicUrl: string): IssuerMetadata {
  return {
    '@context': [DCP_CONTEXT],
    type: 'IssuerMetadata',
    issuer,
    credentialsSupported: [
      {
        id: membershipCredentialId,
        type: 'CredentialObject',
        credentialType: membershipType,
        credentialSchema: `${publicUrl}${membershipSchemaPath}`,
        offerReason: 'reissue',
        bindingMethods: ['did:web'],
        profile: 'vc11-sl2021/jwt',
        issuancePolicy: { id: 'pre-authorized-code', input_descriptors: [] },
      },
    ],
  }
}
