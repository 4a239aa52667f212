import { refuse, Refused } from '../../protocol/refusal.ts'
import { ManifestId } from '../../schemas/datasets.ts'
import { isDid, type ParticipantId } from '../../schemas/ids.ts'
import type { AgreementRecord } from '../../schemas/negotiation.ts'
import type { CopiesDeps } from './copies-deps.ts'

/**
 * The manifest that binds what arrives. None only where a profile names the provider and it serves no manifests: then it is a
 * connector of another make, and no node that should have given one.
 */
export async function boundManifest(
  { identity }: { readonly identity: Pick<CopiesDeps['identity'], 'profileOf' | 'service'> },
  { manifestId, peer }: Pick<AgreementRecord, 'manifestId' | 'peer'>,
): Promise<{ manifestId?: ManifestId }> {
  const bound = ManifestId.safeParse(manifestId)
  if (bound.success && isDid(peer)) return { manifestId: bound.data }
  if (identity.profileOf(peer) !== undefined && !(await servesManifests(identity, peer))) return {}
  return refuse(
    'unsupported',
    'the provider binds no signed manifest to the dataset',
    'Nothing that arrives could be verified. Only a connector of another make, with a profile in peers.json, is copied from without one.',
  )
}

async function servesManifests(
  identity: Pick<CopiesDeps['identity'], 'service'>,
  peer: ParticipantId,
): Promise<boolean> {
  if (!isDid(peer)) return false
  try {
    await identity.service(peer, 'ManifestService')
    return true
  } catch (error) {
    if (error instanceof Refused && error.refusal.code === 'unsupported') return false
    throw error
  }
}
