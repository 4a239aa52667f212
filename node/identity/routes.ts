import { Hono } from 'hono'
import type { Context } from 'hono'
import { CredentialMessage, DCP_CONTEXT, PresentationQueryMessage } from '../../schemas/identity.ts'
import { limitBody } from '../http/body-limit.ts'
import { parseBody } from '../http/parse-body.ts'
import type { Identity, Wallet } from './operations.ts'

const bodyLimit = 256 * 1024
const documentMaxAge = 60

export interface IdentityRoutes {
  readonly identity: Identity
  readonly wallet: Wallet
}

/** DID document, and the CredentialService of this node (DCP 1.0 §5 and §6.6). */
export function publicRoutes({ identity, wallet }: IdentityRoutes): Hono {
  const app = new Hono()
  app.get(documentPath(identity.did), (c) => serveDocument(c, identity))
  app.use('/dcp/*', limitBody(bodyLimit))
  app.post('/dcp/presentations/query', async (c) => {
    const verifier = await identity.identify(c.req.header('authorization'))
    const presentation = await wallet.present(verifier, await parseBody(c, PresentationQueryMessage))
    return c.json({ '@context': [DCP_CONTEXT], type: 'PresentationResponseMessage', presentation })
  })
  app.post('/dcp/credentials', async (c) => {
    const issuer = await identity.identify(c.req.header('authorization'))
    await wallet.deliver(issuer, await parseBody(c, CredentialMessage))
    return c.body(null, 200)
  })
  return app
}

/** Below the public address: a did:web with a path has its document directly there (did:web §3.2). */
function documentPath(did: string): string {
  return did.split(':').length > 3 ? '/did.json' : '/.well-known/did.json'
}

async function serveDocument(c: Context, identity: Identity): Promise<Response> {
  const document = await identity.didDocument()
  return c.body(JSON.stringify(document), 200, {
    'content-type': 'application/did+json',
    'cache-control': `public, max-age=${documentMaxAge}`,
  })
}
