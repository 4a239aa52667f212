import type { ManifestId } from '../../schemas/datasets.ts'
import { Did } from '../../schemas/ids.ts'
import { documentDigest } from '../../protocol/datasets/manifest.ts'
import { decideDerivation, inheritedTerms } from '../../protocol/policy/inherit.ts'
import { refuse, Refused } from '../../protocol/refusal.ts'
import type { CopyRecord } from '../../schemas/copies.ts'
import { PublicReport } from '../../schemas/evaluation.ts'
import type { Rulebook } from '../../schemas/governance.ts'
import type { AgreementRecord } from '../../schemas/negotiation.ts'
import type { BoundCopy } from '../../schemas/runs.ts'
import type { Governance } from '../governance/operations.ts'
import type { CopySources } from '../ports/copy-sources.ts'
import type { IndexedRecords, PartReader } from '../ports/records.ts'
import { type CopiesDeps, copyFolder } from './copies-deps.ts'
import { verifyFiles } from './copies-verify.ts'
import { keptManifest } from './kept-manifest.ts'

export interface CopySourcesDeps extends Pick<
  CopiesDeps,
  'store' | 'blobs' | 'workers' | 'clock' | 'identity' | 'negotiations'
> {
  readonly governance: Pick<Governance, 'rulebook' | 'membership'>
  readonly parts: PartReader
}

/** Copies as sources of new datasets: what their agreements permit is asked before every run, and every time that one goes on. */
export function createCopySources(deps: CopySourcesDeps): CopySources {
  return {
    bind: (copyId, purpose) => bind(deps, copyId, purpose),
    open: (source) => open(deps, source),
    subject: (copyId) => subject(deps, copyId),
  }
}

/** A copy from which something new may be made now. */
interface UsableCopy {
  readonly copy: CopyRecord
  readonly record: AgreementRecord
  readonly purpose: string | undefined
  readonly rulebook: Rulebook
  readonly holder: Parameters<typeof inheritedTerms>[0]['holder']
}

async function bind(deps: CopySourcesDeps, copyId: string, purpose: string | undefined): Promise<BoundCopy> {
  const usable = await usableCopy(deps, copyId, purpose)
  const { copy, record, rulebook, holder } = usable
  const manifestId = await provenManifest(deps, copy)
  const { id, datasetId, provider, agreementId } = copy
  const input = { manifestId, datasetId, provider: Did.parse(provider), agreementId }
  const setting = { purposes: rulebook.purposes.map((each) => each.id), now: deps.clock.now() }
  return {
    kind: 'copy',
    id,
    manifestId,
    agreementId,
    ...(usable.purpose === undefined ? {} : { purpose: usable.purpose }),
    inherited: inheritedTerms({ input, agreement: record.agreement, holder }, setting),
  }
}

async function open(deps: CopySourcesDeps, source: BoundCopy): Promise<IndexedRecords> {
  const { copy } = await usableCopy(deps, source.id, source.purpose)
  const tables = copy.resources.every(({ mediaType }) => mediaType === 'application/vnd.apache.parquet')
  if (!tables) refuse('unsupported', 'a file of the copy is not Parquet', 'Only tables can be a source.')
  const folder = copyFolder(copy.id)
  const records = await deps.parts.open(copy.resources.map(({ name }) => deps.blobs.localPath(`${folder}/${name}`)))
  if (records.records === copy.records) return records
  return refuse(
    'wrong-bytes',
    'the copy does not have as many records as its manifest says',
    `Look at it: tanemaki copy verify ${copy.id}`,
  )
}

async function usableCopy(deps: CopySourcesDeps, copyId: string, stated: string | undefined): Promise<UsableCopy> {
  const copy = await storedCopy(deps, copyId)
  if (copy.state !== 'complete') {
    refuse('conflict', `the copy is not complete: ${copy.state}`, `Pull it: tanemaki copy pull ${copy.agreementId}`)
  }
  refuseWithdrawn(copy)
  const record = await deps.negotiations.agreement(copy.agreementId)
  if (record === undefined) {
    return refuse('policy-denied', 'the agreement of the copy is not at this node', 'Negotiate and pull it again.')
  }
  const rulebook = await deps.governance.rulebook()
  const membership = await deps.governance.membership()
  const pulls = await deps.store.ofAgreement(copy.agreementId)
  const holder = {
    recipient: deps.identity.did,
    memberships: membership?.state === 'active' ? [membership.authority] : [],
    use:
      pulls.length -
      Math.max(
        0,
        pulls.findIndex((pull) => pull.record.id === copy.id),
      ),
    operands: rulebook.operands,
  }
  const purpose = stated ?? record.purpose
  refuseDenied(record, { ...holder, ...(purpose === undefined ? {} : { purpose }) }, deps.clock.now())
  return { copy, record, purpose, rulebook, holder }
}

async function storedCopy({ store }: CopySourcesDeps, copyId: string): Promise<CopyRecord> {
  const stored = await store.get(copyId)
  return (
    stored?.record ?? refuse('not-found', 'there is no such copy', 'See the copies of this node: tanemaki copy list.')
  )
}

function refuseWithdrawn({ notices, title }: CopyRecord): void {
  const notice = notices.find(({ scope }) => scope === 'all-use')
  if (notice === undefined) return
  refuse(
    'policy-denied',
    `the provider has withdrawn ${title} from all use: ${notice.reason}`,
    'Delete the copy as its agreement says, and use another dataset.',
  )
}

function refuseDenied(
  { agreement, peer }: AgreementRecord,
  facts: Parameters<typeof decideDerivation>[1],
  now: number,
): void {
  const reasons = decideDerivation(agreement, facts, now).flatMap((decision) => decision.reasons)
  if (reasons.length === 0) return
  const places = new Map(reasons.map(({ path, text }) => [`${path} ${text.en}`, { path, message: text.en }]))
  const errors = [...places.values()]
  throw new Refused({
    code: 'policy-denied',
    detail: `the agreement with ${peer} does not permit a new dataset to be made from the copy: ${errors
      .map(({ message }) => message)
      .join(' ')}`,
    hint: 'State another purpose of the source, or ask the provider for an offer with derivation: tanemaki exchange request.',
    errors,
  })
}

/** Without a manifest, or with other bytes than its, nobody could be told truthfully what the new dataset was made from. */
async function provenManifest(deps: CopySourcesDeps, copy: CopyRecord): Promise<ManifestId> {
  const again = `Look at it: tanemaki copy verify ${copy.id}. Pull it again: tanemaki copy pull ${copy.agreementId}`
  const { manifestId } = copy
  if (manifestId === undefined || (await keptManifest(deps.blobs, copyFolder(copy.id), manifestId)) === undefined) {
    return refuse('manifest-refused', 'the copy has no manifest that its files could be held against', again)
  }
  const wrong = (await verifyFiles(deps, copy, {})).filter(({ ok }) => !ok)
  if (wrong.length === 0) return manifestId
  throw new Refused({
    code: 'wrong-bytes',
    detail: 'the files of the copy are not those of its manifest',
    hint: again,
    errors: wrong.map(({ name, reason = 'is not as signed' }) => ({ path: name, message: reason })),
  })
}

async function subject(deps: CopySourcesDeps, copyId: string): Promise<PublicReport['subject']> {
  const copy = await storedCopy(deps, copyId)
  const folder = copyFolder(copy.id)
  if (copy.manifestId === undefined) return 'persons'
  const kept = await keptManifest(deps.blobs, folder, copy.manifestId)
  const path = `${folder}/evaluation-report.json`
  if (kept === undefined || (await deps.blobs.stat(path)) === undefined) return 'persons'
  const bytes = await deps.blobs.read(path)
  if (documentDigest(bytes) !== kept.statement.predicate.reports.evaluation.public.sha256) return 'persons'
  const report = PublicReport.pick({ subject: true }).safeParse(JSON.parse(new TextDecoder().decode(bytes)))
  return report.success ? report.data.subject : 'persons'
}
