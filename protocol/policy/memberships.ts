import type { VerifiedCredential } from '../../schemas/identity.ts'
import type { ProvenMembership } from '../../schemas/dsp.ts'

/** The memberships among verified credentials: whose space, and until when the credential holds. */
export function membershipsOf(credentials: readonly VerifiedCredential[]): ProvenMembership[] {
  return credentials
    .filter((credential) => credential.type === 'MembershipCredential')
    .map(({ issuer, validUntil }) => ({ authority: issuer, validUntil }))
}

/** Authorities of the memberships that hold at `now` (ms since 1970). */
export function validAuthorities(memberships: readonly ProvenMembership[], now: number): string[] {
  return memberships.filter(({ validUntil }) => now < Date.parse(validUntil)).map(({ authority }) => authority)
}
