import { and, desc, eq, gt, lt, lte, sql } from 'drizzle-orm'
import * as z from 'zod'
import { Did } from '../../../schemas/ids.ts'
import type { CredentialRequest, Delivery, HeldCredential, IdentityStore } from '../../identity/store.ts'
import { writeEffects } from './commit.ts'
import type { Database } from './open.ts'
import { accessGrants, credentialRequests, heldCredentials, usedTokens } from './tables/identity.ts'

const Scopes = z.array(z.string())
const maxHeld = 64
const pruneEveryMs = 60_000

const heldColumns = {
  id: heldCredentials.id,
  type: heldCredentials.type,
  issuer: heldCredentials.issuer,
  token: heldCredentials.token,
  validFrom: heldCredentials.validFrom,
  validUntil: heldCredentials.validUntil,
}

function readHeld(row: Omit<HeldCredential, 'issuer'> & { issuer: string }): HeldCredential {
  return { ...row, issuer: Did.parse(row.issuer) }
}

/** Used identifiers and access grants: on the path of every request between nodes. */
function createTokenStore(db: Database): Pick<IdentityStore, 'useOnce' | 'saveGrant' | 'grant'> {
  const insertUse = db.relaxed
    .insert(usedTokens)
    .values({
      issuer: sql.placeholder('issuer'),
      tokenId: sql.placeholder('id'),
      expiresAt: sql.placeholder('expiresAt'),
    })
    .onConflictDoNothing()
    .prepare()
  const forgetUses = db.relaxed
    .delete(usedTokens)
    .where(lt(usedTokens.expiresAt, sql.placeholder('now')))
    .prepare()
  const findGrant = db.orm
    .select({ verifier: accessGrants.verifier, scopes: accessGrants.scopes, expiresAt: accessGrants.expiresAt })
    .from(accessGrants)
    .where(and(eq(accessGrants.hash, sql.placeholder('hash')), gt(accessGrants.expiresAt, sql.placeholder('now'))))
    .prepare()
  let prunedAt = 0
  return {
    useOnce: async ({ issuer, id, expiresAt, now }) => {
      if (now - prunedAt > pruneEveryMs) {
        prunedAt = now
        forgetUses.run({ now })
        db.orm.delete(accessGrants).where(lt(accessGrants.expiresAt, now)).run()
      }
      return insertUse.run({ issuer, id, expiresAt }).changes === 1
    },
    saveGrant: async (hash, { verifier, scopes, expiresAt }) => {
      db.orm
        .insert(accessGrants)
        .values({ hash, verifier, scopes: JSON.stringify(scopes), expiresAt })
        .run()
    },
    grant: async (hash, now) => {
      const row = findGrant.get({ hash, now })
      if (row === undefined) return undefined
      const { verifier, scopes, expiresAt } = row
      return { verifier: Did.parse(verifier), scopes: Scopes.parse(JSON.parse(scopes)), expiresAt }
    },
  }
}

function findRequest(db: Pick<Database['orm'], 'select'>, holderPid: string): CredentialRequest | undefined {
  const row = db
    .select({
      holderPid: credentialRequests.holderPid,
      issuer: credentialRequests.issuer,
      type: credentialRequests.type,
      format: credentialRequests.format,
      state: credentialRequests.state,
      delivery: credentialRequests.delivery,
      createdAt: credentialRequests.createdAt,
    })
    .from(credentialRequests)
    .where(eq(credentialRequests.holderPid, holderPid))
    .get()
  if (row === undefined) return undefined
  const { delivery, issuer, ...rest } = row
  return { ...rest, issuer: Did.parse(issuer), ...(delivery === null ? {} : { delivery }) }
}

function acceptDelivery(db: Database, delivery: Delivery): Promise<'stored' | 'repeated' | 'conflict'> {
  const { holderPid, digest, credentials, effects, now } = delivery
  return db.transaction((tx) => {
    const request = findRequest(tx, holderPid)
    if (request?.state === 'issued' && request.delivery === digest) return 'repeated'
    if (request?.state !== 'open') return 'conflict'
    tx.update(credentialRequests)
      .set({ state: 'issued', delivery: digest })
      .where(eq(credentialRequests.holderPid, holderPid))
      .run()
    for (const held of credentials)
      tx.insert(heldCredentials)
        .values({ ...held, holderPid })
        .run()
    writeEffects(db, { effects, now })
    return 'stored'
  })
}

export function createIdentityStore(db: Database): IdentityStore {
  return {
    ...createTokenStore(db),
    openRequest: async (request) => {
      db.orm.insert(credentialRequests).values(request).run()
    },
    request: async (holderPid) => findRequest(db.orm, holderPid),
    acceptDelivery: async (delivery) => acceptDelivery(db, delivery),
    rejectRequest: async (holderPid) =>
      db.orm
        .update(credentialRequests)
        .set({ state: 'rejected' })
        .where(and(eq(credentialRequests.holderPid, holderPid), eq(credentialRequests.state, 'open')))
        .run().changes === 1,
    heldCredentials: async (now) =>
      db.orm
        .select(heldColumns)
        .from(heldCredentials)
        .where(and(gt(heldCredentials.validUntil, now), lte(heldCredentials.validFrom, now)))
        .orderBy(desc(heldCredentials.validUntil), desc(heldCredentials.validFrom))
        .limit(maxHeld)
        .all()
        .map(readHeld),
    newestCredential: async (type, issuer) => {
      const row = db.orm
        .select(heldColumns)
        .from(heldCredentials)
        .where(and(eq(heldCredentials.type, type), eq(heldCredentials.issuer, issuer)))
        .orderBy(desc(heldCredentials.validUntil), desc(heldCredentials.validFrom))
        .limit(1)
        .get()
      return row === undefined ? undefined : readHeld(row)
    },
  }
}
