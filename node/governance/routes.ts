import { Hono } from 'hono'
import type { Context } from 'hono'
import * as z from 'zod'
import { CredentialRequestMessage, DCP_CONTEXT } from '../../schemas/identity.ts'
import { FoundSpace, InviteMember, JoinSpace, MembershipSubject, RevokeMember } from '../../schemas/governance.ts'
import { Refused, refuse } from '../../protocol/refusal.ts'
import { limitBody } from '../http/body-limit.ts'
import { parseBody } from '../http/parse-body.ts'
import type { Identity } from '../identity/operations.ts'
import { issuerMetadata, membershipSchemaPath } from './issuer-metadata.ts'
import type { Governance } from './operations.ts'

const bodyLimit = 256 * 1024
const signedMaxAge = 60

export interface GovernanceRoutes {
  readonly governance: Governance
  readonly identity: Identity
  readonly publicUrl: string
}

/** Issuer service, status list and signed documents of an authority; on other nodes all of it is 404. */
export function publicRoutes(options: GovernanceRoutes): Hono {
  const app = new Hono()
  app.use('/issuer/*', limitBody(bodyLimit))
  addIssuer(app, options)
  addPublished(app, options)
  return app
}

function addIssuer(app: Hono, { governance, identity, publicUrl }: GovernanceRoutes): void {
  const asAuthority = async () => hideFromOthers(() => governance.published.authoritySpace())
  app.get('/issuer/metadata', async (c) => {
    await asAuthority()
    return c.json(issuerMetadata(identity.did, publicUrl))
  })
  app.get(membershipSchemaPath, async (c) => {
    await asAuthority()
    return c.json(z.toJSONSchema(MembershipSubject, { io: 'input' }))
  })
  app.post('/issuer/credentials', async (c) => {
    await asAuthority()
    const holder = await identity.identify(c.req.header('authorization'))
    const { issuerPid } = await governance.issue(holder, await parseBody(c, CredentialRequestMessage))
    return c.body(null, 201, { location: `${publicUrl}/issuer/requests/${issuerPid}` })
  })
  app.get('/issuer/requests/:issuerPid', async (c) => {
    await asAuthority()
    const holder = await identity.identify(c.req.header('authorization'))
    const issuance = await governance.issuance(c.req.param('issuerPid'))
    if (issuance === undefined || issuance.holder !== holder.did) return refuseUnknown()
    const { issuerPid, holderPid, state } = issuance
    return c.json({
      '@context': [DCP_CONTEXT],
      type: 'CredentialStatus',
      issuerPid,
      holderPid,
      status: state.toUpperCase(),
    })
  })
}

function addPublished(app: Hono, { governance, identity }: GovernanceRoutes): void {
  const { published } = governance
  app.get('/trust/trust-list', async (c) =>
    signed(c, await hideFromOthers(() => published.trustList()), 'application/jwt'),
  )
  app.get('/trust/rulebook', async (c) =>
    signed(c, await hideFromOthers(() => published.rulebook()), 'application/jwt'),
  )
  app.get('/trust/participants', async (c) => {
    await hideFromOthers(() => published.authoritySpace())
    await identity.authenticate(c.req.header('authorization'))
    return c.body(await published.participants(), 200, {
      'content-type': 'application/jwt',
      'cache-control': 'no-store',
    })
  })
  app.get('/status/1', async (c) => signed(c, await hideFromOthers(() => published.statusList()), 'application/vc+jwt'))
}

function signed(c: Context, text: string, type: string): Response {
  return c.body(text, 200, { 'content-type': type, 'cache-control': `public, max-age=${signedMaxAge}` })
}

function refuseUnknown(): never {
  refuse('not-found', 'there is nothing at this address', 'The DID document of a node names its services.')
}

/** A node that is no authority has no such address. */
async function hideFromOthers<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Refused && error.refusal.code === 'not-the-authority') refuseUnknown()
    throw error
  }
}

/** Founding, inviting, joining and looking, for the operator. */
export function managementRoutes({ governance }: Pick<GovernanceRoutes, 'governance'>): Hono {
  const app = new Hono()
  app.get('/space', async (c) => c.json((await governance.space()) ?? refuseOutside()))
  app.post('/space', async (c) => c.json(await governance.found(await parseBody(c, FoundSpace)), 201))
  app.get('/rulebook', async (c) => c.json(await governance.rulebook()))
  app.get('/trust-list', async (c) => c.json(await governance.trustList()))
  app.get('/members', async (c) => c.json(await governance.members()))
  app.post('/invitations', async (c) => c.json(await governance.invite(await parseBody(c, InviteMember)), 201))
  app.get('/membership', async (c) => c.json((await governance.membership()) ?? refuseOutside()))
  app.post('/membership', async (c) => {
    const { invitation } = await parseBody(c, JoinSpace)
    return c.json(await governance.join(invitation), 201)
  })
  app.post('/members/revocations', async (c) => c.json(await governance.revoke(await parseBody(c, RevokeMember))))
  return app
}

function refuseOutside(): never {
  refuse('not-a-member', 'this node is not a member of a space', 'Join one with tanemaki member join.')
}
