import type { Did, Sha256 } from '../../schemas/ids.ts'
import type { Member } from '../../schemas/governance.ts'
import type { CommitResult, Effects } from '../ports/effects.ts'

/** Which space this node is in. Times in ms since 1970. */
export interface SpaceRecord {
  readonly role: 'authority' | 'member'
  readonly authority: Did
  readonly name: string
  readonly since: number
}

export type DocumentKind = 'rulebook' | 'trust-list' | 'participant-list'

/** A signed document as it was published: its exact text. `sequence` is the version of a rulebook. */
export interface DocumentRecord {
  readonly kind: DocumentKind
  readonly authority: Did
  readonly sequence: number
  readonly text: string
  readonly storedAt: number
}

export interface InvitationRecord {
  /** SHA-256 of the code; the code itself is never stored. */
  readonly codeHash: Sha256
  readonly name: string
  readonly did?: Did
  readonly expiresAt: number
  readonly usedBy?: Did
  readonly createdAt: number
}

/** One credential that this authority gave, or is about to deliver. */
export interface Issuance {
  readonly issuerPid: string
  readonly holderPid: string
  readonly holder: Did
  readonly token: string
  /** Place in the status list; free again once the credential has expired. */
  readonly statusIndex: number
  readonly validUntil: number
  readonly state: 'received' | 'issued' | 'rejected'
  /** Access token of the holder, to be echoed with the delivery. */
  readonly echo?: string
  readonly createdAt: number
}

export interface IssuanceCommit {
  readonly issuance: Issuance
  /** Admits the holder by this invitation; without it the holder must be an active member. */
  readonly invitation?: { readonly codeHash: Sha256; readonly name: string }
  readonly effects: Effects
  readonly now: number
}

export interface GovernanceStore {
  space(): Promise<SpaceRecord | undefined>
  /** Sets the space and its documents in one step. A space of role authority is never replaced: conflict. */
  enterSpace(entry: { space: SpaceRecord; documents: readonly DocumentRecord[] }): Promise<CommitResult>

  /** The document of the highest sequence. */
  document(kind: DocumentKind, authority: Did): Promise<DocumentRecord | undefined>
  rulebookVersion(authority: Did, version: number): Promise<DocumentRecord | undefined>
  /** conflict: the stored sequence is not below this one. */
  saveDocument(document: DocumentRecord): Promise<CommitResult>

  saveInvitation(invitation: InvitationRecord): Promise<void>
  invitation(codeHash: Sha256): Promise<InvitationRecord | undefined>

  member(did: Did): Promise<Member | undefined>
  /** By DID. */
  members(): Promise<Member[]>
  /** Marks the member and everything issued to it as revoked; undefined when there is no active member of this DID. */
  revokeMember(revocation: { did: Did; reason: string; now: number }): Promise<Member | undefined>

  /**
   * Writes the issuance, uses up the invitation, admits the member. used: the invitation was used before. taken: the status
   * index belongs to a living credential. refused: no invitation and no active member.
   */
  commitIssuance(commit: IssuanceCommit): Promise<'committed' | 'used' | 'taken' | 'refused'>
  issuance(issuerPid: string): Promise<Issuance | undefined>
  issuanceFor(holder: Did, holderPid: string): Promise<Issuance | undefined>
  finishIssuance(issuerPid: string, state: 'issued' | 'rejected'): Promise<void>
  /** Status indexes of revoked credentials that have not expired at `now`, ascending. */
  revokedIndexes(now: number): Promise<number[]>
}
