import { ManifestId } from '../../schemas/datasets.ts'
import { isDid } from '../../schemas/ids.ts'
import { PUSH_EVIDENCE_QUEUE, PushJob } from '../../schemas/pushes.ts'
import type { JobHandler } from '../ports/queue.ts'
import type { CopiesDeps } from './copies-deps.ts'
import { pullDocuments } from './pull-documents.ts'
import { PullEnded, PullPaused } from './pull-ending.ts'

type EvidenceDeps = Pick<CopiesDeps, 'identity' | 'http' | 'blobs' | 'transfers' | 'negotiations' | 'log'>

/** Folder of the manifest of a dataset that was pushed past this node, with the documents that it binds. */
export function pushedManifestFolder(manifestId: string): string {
  return `pushed/${manifestId.replace(/^sha256:/, '')}`
}

/**
 * Brings in what was signed about a dataset that was pushed into storage elsewhere: what its files can be checked against, and what
 * an audit of the exchange needs. It says nothing about what the storage holds.
 */
export function pushEvidenceJob(deps: EvidenceDeps): JobHandler {
  return {
    queue: PUSH_EVIDENCE_QUEUE,
    run: async (payload) => {
      const transfer = await deps.transfers.get(PushJob.parse(payload).pid)
      const agreement = transfer === undefined ? undefined : await deps.negotiations.agreement(transfer.agreementId)
      const manifestId = ManifestId.safeParse(agreement?.manifestId)
      const provider = agreement?.peer
      if (agreement === undefined || !manifestId.success || provider === undefined || !isDid(provider)) {
        return { kind: 'done' }
      }
      const { datasetId } = agreement
      const folder = pushedManifestFolder(manifestId.data)
      try {
        await pullDocuments(deps, { provider, datasetId, manifestId: manifestId.data, folder }, agreement)
        return { kind: 'done' }
      } catch (error) {
        if (error instanceof PullPaused) return { kind: 'retry', error: error.message }
        if (!(error instanceof PullEnded)) throw error
        deps.log.warn('push-unproven', { transfer: transfer?.pid, code: error.failure.code })
        return { kind: 'done' }
      }
    },
  }
}
