import type { Hono } from 'hono'
import type { Settings } from '../../schemas/config.ts'
import type { Did } from '../../schemas/ids.ts'
import type { OfferedService } from '../../protocol/identity/did-document.ts'
import { createGovernanceStore } from '../adapters/sqlite/governance-store.ts'
import { createIdentityStore } from '../adapters/sqlite/identity-store.ts'
import { deliveryHandler } from '../governance/jobs.ts'
import { type Governance, createGovernance } from '../governance/operations.ts'
import { managementRoutes, publicRoutes as governanceRoutes } from '../governance/routes.ts'
import { createSpaceView } from '../governance/space-view.ts'
import { renewalHandler } from '../identity/jobs.ts'
import { type Identity, type IdentityParts, createIdentity } from '../identity/operations.ts'
import { publicRoutes as identityRoutes } from '../identity/routes.ts'
import type { Ledger } from '../ledger/operations.ts'
import type { Ports } from './ports.ts'

export interface IdentityAndGovernance {
  readonly identity: Identity
  readonly governance: Governance
  /** A self-issued token that carries exactly what it is given. */
  readonly mint: IdentityParts['mint']
  readonly publicRoutes: readonly Hono[]
  readonly managementRoutes: readonly Hono[]
}

/** What every node offers to peers (docs/architecture.md). */
function commonServices(publicUrl: string, vkey: string): OfferedService[] {
  return [
    { type: 'DataService', url: `${publicUrl}/dsp/.well-known/dspace-version` },
    { type: 'CatalogService', url: `${publicUrl}/dsp/2025-1/catalog` },
    { type: 'ProtocolEndpoint', url: `${publicUrl}/dsp/2025-1` },
    { type: 'CredentialService', url: `${publicUrl}/dcp` },
    { type: 'LedgerService', url: `${publicUrl}/ledger`, vkey },
    { type: 'ReceiptService', url: `${publicUrl}/receipts` },
    { type: 'ManifestService', url: publicUrl },
  ]
}

function authorityServices(publicUrl: string): OfferedService[] {
  return [
    { type: 'IssuerService', url: `${publicUrl}/issuer` },
    { type: 'TrustService', url: `${publicUrl}/trust` },
  ]
}

/** Who the node is and which space it is in, with their jobs registered. */
export function composeIdentity(
  ports: Ports,
  { did, settings, ledger }: { did: Did; settings: Settings; ledger: Ledger },
): IdentityAndGovernance {
  const { publicUrl } = settings
  const hosts = { devHttp: settings.developmentLocalhost, privateHosts: new Set(settings.privateHosts) }
  const store = createGovernanceStore(ports.db)
  const view = createSpaceView(store)
  const { identity, wallet, signingKey, mint } = createIdentity({
    ...ports,
    did,
    hosts,
    store: createIdentityStore(ports.db),
    trust: view,
    services: async () => [
      ...commonServices(publicUrl, await ledger.vkey()),
      ...((await view.isAuthority()) ? authorityServices(publicUrl) : []),
    ],
    ownStatusList: async (url) =>
      url === governance.published.statusListUrl && (await view.isAuthority())
        ? governance.published.statusList()
        : undefined,
  })
  const governance = createGovernance({
    ...ports,
    did,
    publicUrl,
    store,
    view,
    identity,
    wallet,
    signingKey,
  })
  ports.queue.register(renewalHandler({ ...ports, wallet }))
  ports.queue.register(deliveryHandler({ ...ports, identity, store, mint }))
  return {
    identity,
    governance,
    mint,
    publicRoutes: [identityRoutes({ identity, wallet }), governanceRoutes({ governance, identity, publicUrl })],
    managementRoutes: [managementRoutes({ governance })],
  }
}
