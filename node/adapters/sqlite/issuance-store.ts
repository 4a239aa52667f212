import { and, asc, eq, gt, isNotNull, isNull, lt, max } from 'drizzle-orm'
import { instantOf } from '../../../protocol/instant.ts'
import { Did } from '../../../schemas/ids.ts'
import type { Member } from '../../../schemas/governance.ts'
import type { GovernanceStore, Issuance, IssuanceCommit } from '../../governance/store.ts'
import { writeEffects } from './commit.ts'
import type { Database, Transaction } from './open.ts'
import { invitations, issuances, members } from './tables/governance.ts'

type Reader = Pick<Database['orm'], 'select'>
type IssuanceStore = Pick<
  GovernanceStore,
  | 'member'
  | 'members'
  | 'revokeMember'
  | 'commitIssuance'
  | 'issuance'
  | 'issuanceFor'
  | 'finishIssuance'
  | 'revokedIndexes'
>

const maxMembers = 10_000
/** Verifiers tolerate clocks that are behind: a place in the status list is not given away before. */
const graceMs = 60_000

const issuanceColumns = {
  issuerPid: issuances.issuerPid,
  holderPid: issuances.holderPid,
  holder: issuances.holder,
  token: issuances.token,
  statusIndex: issuances.statusIndex,
  validUntil: issuances.validUntil,
  state: issuances.state,
  echo: issuances.echo,
  createdAt: issuances.createdAt,
}

function readIssuance(
  row: { [Key in keyof typeof issuanceColumns]: (typeof issuances.$inferSelect)[Key] } | undefined,
): Issuance | undefined {
  if (row === undefined) return undefined
  const { echo, statusIndex, holder, ...rest } = row
  return { ...rest, holder: Did.parse(holder), statusIndex: statusIndex ?? -1, ...(echo === null ? {} : { echo }) }
}

function listMembers(db: Reader, did?: Did): Member[] {
  return db
    .select({
      did: members.did,
      name: members.name,
      state: members.state,
      since: members.since,
      revokedAt: members.revokedAt,
      reason: members.reason,
      validUntil: max(issuances.validUntil),
    })
    .from(members)
    .leftJoin(issuances, eq(issuances.holder, members.did))
    .where(did === undefined ? undefined : eq(members.did, did))
    .groupBy(members.did)
    .orderBy(asc(members.did))
    .limit(maxMembers)
    .all()
    .map(({ did, name, state, since, revokedAt, reason, validUntil }) => ({
      did: Did.parse(did),
      name,
      state,
      since: instantOf(since),
      ...(validUntil === null ? {} : { validUntil: instantOf(validUntil) }),
      ...(revokedAt === null ? {} : { revokedAt: instantOf(revokedAt) }),
      ...(reason === null ? {} : { reason }),
    }))
}

/** False when the invitation was used before. */
function useInvitation(tx: Transaction, { invitation, issuance, now }: IssuanceCommit): boolean {
  if (invitation === undefined) return true
  return (
    tx
      .update(invitations)
      .set({ usedBy: issuance.holder, usedAt: now })
      .where(and(eq(invitations.codeHash, invitation.codeHash), isNull(invitations.usedBy)))
      .run().changes === 1
  )
}

/** False when there is neither an invitation nor an active member. */
function admit(tx: Transaction, { invitation, issuance, now }: IssuanceCommit): boolean {
  const { holder } = issuance
  if (invitation === undefined) return listMembers(tx, holder)[0]?.state === 'active'
  const admitted = { name: invitation.name, state: 'active' as const, revokedAt: null, reason: null }
  tx.insert(members)
    .values({ ...admitted, did: holder, since: now })
    .onConflictDoUpdate({ target: members.did, set: admitted })
    .run()
  return true
}

class Undo extends Error {
  readonly outcome: 'used' | 'taken' | 'refused'
  constructor(outcome: 'used' | 'taken' | 'refused') {
    super(outcome)
    this.outcome = outcome
  }
}

async function commitIssuance(
  db: Database,
  commit: IssuanceCommit,
): Promise<'committed' | 'used' | 'taken' | 'refused'> {
  const { issuance, effects, now } = commit
  try {
    await db.transaction((tx) => {
      if (!useInvitation(tx, commit)) throw new Undo('used')
      if (!admit(tx, commit)) throw new Undo('refused')
      tx.update(issuances)
        .set({ statusIndex: null })
        .where(lt(issuances.validUntil, now - graceMs))
        .run()
      const inUse = eq(issuances.statusIndex, issuance.statusIndex)
      if (tx.select({ at: issuances.issuerPid }).from(issuances).where(inUse).get() !== undefined) {
        throw new Undo('taken')
      }
      tx.insert(issuances).values(issuance).run()
      writeEffects(db, { effects, now })
    })
    return 'committed'
  } catch (error) {
    if (error instanceof Undo) return error.outcome
    throw error
  }
}

export function createIssuanceStore(db: Database): IssuanceStore {
  const find = (issuerPid: string) =>
    readIssuance(db.orm.select(issuanceColumns).from(issuances).where(eq(issuances.issuerPid, issuerPid)).get())
  return {
    member: async (did) => listMembers(db.orm, did)[0],
    members: async () => listMembers(db.orm),
    revokeMember: async ({ did, reason, now }) =>
      db.transaction((tx) => {
        const active = and(eq(members.did, did), eq(members.state, 'active'))
        const revoked = { state: 'revoked' as const, revokedAt: now, reason }
        if (tx.update(members).set(revoked).where(active).run().changes === 0) return undefined
        const living = and(eq(issuances.holder, did), isNull(issuances.revokedAt))
        tx.update(issuances).set({ revokedAt: now }).where(living).run()
        return listMembers(tx, did)[0]
      }),
    commitIssuance: async (commit) => commitIssuance(db, commit),
    issuance: async (issuerPid) => find(issuerPid),
    issuanceFor: async (holder, holderPid) =>
      readIssuance(
        db.orm
          .select(issuanceColumns)
          .from(issuances)
          .where(and(eq(issuances.holder, holder), eq(issuances.holderPid, holderPid)))
          .get(),
      ),
    finishIssuance: async (issuerPid, state) => {
      db.orm.update(issuances).set({ state }).where(eq(issuances.issuerPid, issuerPid)).run()
    },
    revokedIndexes: async (now) =>
      db.orm
        .select({ index: issuances.statusIndex })
        .from(issuances)
        .where(
          and(
            isNotNull(issuances.revokedAt),
            isNotNull(issuances.statusIndex),
            gt(issuances.validUntil, now - graceMs),
          ),
        )
        .orderBy(asc(issuances.statusIndex))
        .all()
        .flatMap(({ index }) => (index === null ? [] : [index])),
  }
}
