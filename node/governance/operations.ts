import type {
  FoundSpace,
  InviteMember,
  Member,
  Membership,
  Participant,
  RevokeMember,
  Rulebook,
  Space,
  TrustList,
} from '../../schemas/governance.ts'

/** The rules of the space, who is in it, and this node's place in it. */
export interface Governance {
  /** The rulebook in force. Throws Refused `not-a-member` before the node has founded or joined a space. */
  rulebook(): Promise<Rulebook>
  /** Active members, the authority's signed list. Throws Refused `not-a-member`. */
  participants(): Promise<readonly Participant[]>
  /** Throws Refused `not-a-member`. An expired list is returned; whoever decides by it checks `expires`. */
  trustList(): Promise<TrustList>
  space(): Promise<Space | undefined>

  /** Obtains the membership that the invitation promises, and waits for its delivery. */
  join(invitation: string): Promise<Membership>
  membership(): Promise<Membership | undefined>
  /** Fetches trust list, rulebook and participants now; never goes back to a lower sequence. */
  refresh(): Promise<void>

  /** Makes this node the authority of a new space. Throws Refused `conflict` when it is in one already. */
  found(request: FoundSpace): Promise<Space>
  /** Throws Refused `not-the-authority`, as do members and revoke. */
  invite(request: InviteMember): Promise<{ readonly invitation: string; readonly expires: string }>
  members(): Promise<readonly Member[]>
  revoke(request: RevokeMember): Promise<Member>
}
