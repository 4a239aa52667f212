import type { AuditCheck, AuditReport } from '../../../schemas/audit.ts'
import type { Checkpoint } from '../../../schemas/ledger.ts'
import type { NoteKey } from '../signed-note.ts'
import type { AuditedBundle, AuditTools, BundleReader, Finding } from './bundle.ts'
import { notApplicable } from './bundle.ts'
import { checkDescription, checkKeys, checkSecrets, checkSums } from './description-checks.ts'
import { checkAgreements, checkChunks, checkTransfers } from './exchange-checks.ts'
import { checkKeyHistory } from './key-checks.ts'
import { checkCheckpoints, checkConsistency, checkPolicy, checkQuorum, proofCheckpoints } from './log-checks.ts'
import { rebuildLogs } from './rebuild-log.ts'
import {
  checkChains,
  checkCommitments,
  checkProofs,
  checkReceipts,
  checkWithdrawalsHonoured,
} from './receipt-checks.ts'
import {
  checkCroissants,
  checkManifests,
  checkObjects,
  checkReports,
  checkSeedCommitments,
  checkSubjects,
  checkSupersession,
  checkWithdrawals,
} from './statement-checks.ts'

/** Checks of docs/spec/bundle.md that need what this version of the formats does not record. */
const LATER: readonly (readonly [string, string])[] = [
  ['witness-copies', 'logs of this version have no witnesses'],
  ['provenance-statements', 'provenance is a section of the manifest in this version, not a statement of its own'],
  ['duties-due', 'receipts of fulfilled duties are not part of this version'],
  ['times', 'without cosignatures nothing bounds the times of receipts from outside'],
  ['leaf-opening', 'opening sampled leaves is asked of the node, not of a bundle'],
  ['deletion-receipts', 'receipts of deletion are not part of this version'],
]

/**
 * Verifies an audit bundle offline (docs/spec/bundle.md §4). Every check has an id, a verdict and evidence; the bundle passes
 * when none fails. Nothing is fetched; a malformed file makes its check fail and never throws.
 */
export async function verifyBundle(reader: BundleReader, tools: AuditTools): Promise<AuditReport> {
  const bundle = openBundle(reader, tools, (await reader.list()).toSorted())
  const checks: AuditCheck[] = []
  const note = (id: string, finding: Finding) => checks.push({ id, ...finding })
  note('description', await checkDescription(bundle))
  note('keys', await checkKeys(bundle))
  note('sums', await checkSums(bundle))
  await noteLogs(bundle, note)
  await noteStatements(bundle, note)
  await noteReceipts(bundle, note)
  for (const [id, reason] of LATER) note(id, notApplicable(reason))
  const exporter = bundle.description?.exporter
  return {
    verdict: checks.some(({ verdict }) => verdict === 'fail') ? 'fail' : 'pass',
    ...(exporter === undefined ? {} : { exporter }),
    checks,
  }
}

/**
 * Verifies one log of which only the folder and the key are known: `checkpoint-signature`, `tree-rebuild` and `leaf-parse`.
 * Files that the signed tree does not need (partial tiles of older heads) are allowed.
 */
export async function verifyLogFolder(
  reader: BundleReader,
  key: NoteKey,
  tools: Omit<AuditTools, 'policy'>,
): Promise<AuditReport> {
  const inFolder = { list: async () => [], read: (path: string) => reader.read(path.slice('log/'.length)) }
  const bundle = openBundle(inFolder, tools, [])
  const logs = [{ key, folder: 'log' }]
  const { finding, heads } = await checkCheckpoints(bundle, logs)
  const { tree, leaves } = await rebuildLogs(bundle, logs, { heads, others: new Map() })
  const checks = [
    { id: 'checkpoint-signature', ...finding },
    { id: 'tree-rebuild', ...tree },
    { id: 'leaf-parse', ...leaves },
  ]
  return { verdict: checks.some(({ verdict }) => verdict === 'fail') ? 'fail' : 'pass', checks }
}

function openBundle(reader: BundleReader, tools: AuditTools, paths: readonly string[]): AuditedBundle {
  return {
    reader,
    tools,
    paths,
    documents: new Map(),
    logs: new Map(),
    manifests: new Map(),
    receipts: [],
    secrets: new Map(),
  }
}

type Note = (id: string, finding: Finding) => void

async function noteLogs(bundle: AuditedBundle, note: Note): Promise<void> {
  const { finding, logs } = await checkPolicy(bundle)
  note('policy', finding)
  const { finding: checkpoints, heads, older } = await checkCheckpoints(bundle, logs)
  note('checkpoint-signature', checkpoints)
  note('cosignature-quorum', await checkQuorum(bundle))
  const others = merged(older, await proofCheckpoints(bundle))
  const { tree, leaves } = await rebuildLogs(bundle, logs, { heads, others })
  note('tree-rebuild', tree)
  note('consistency', checkConsistency(bundle, others))
  note('leaf-parse', leaves)
}

function merged(...maps: readonly ReadonlyMap<string, readonly Checkpoint[]>[]): Map<string, Checkpoint[]> {
  const all = new Map<string, Checkpoint[]>()
  for (const [folder, checkpoints] of maps.flatMap((map) => [...map]))
    all.set(folder, [...(all.get(folder) ?? []), ...checkpoints])
  return all
}

async function noteStatements(bundle: AuditedBundle, note: Note): Promise<void> {
  note('manifest-envelope', await checkManifests(bundle))
  note('manifest-subject', checkSubjects(bundle))
  note('object-digest', await checkObjects(bundle))
  note('croissant-digest', await checkCroissants(bundle))
  note('report-digest', await checkReports(bundle))
  note('seed-commitment', checkSeedCommitments(bundle))
  note('supersession', checkSupersession(bundle))
  note('withdrawal-envelope', await checkWithdrawals(bundle))
}

async function noteReceipts(bundle: AuditedBundle, note: Note): Promise<void> {
  note('receipt-signatures', await checkReceipts(bundle))
  note('receipt-chain', checkChains(bundle))
  note('secrets', await checkSecrets(bundle))
  note('receipt-commitment', checkCommitments(bundle))
  note('proofs', await checkProofs(bundle))
  note('withdrawal-honoured', checkWithdrawalsHonoured(bundle))
  note('agreement-offer-manifest', await checkAgreements(bundle))
  note('transfer-root', checkTransfers(bundle))
  note('chunk-challenge', await checkChunks(bundle))
  note('key-history', checkKeyHistory(bundle))
}
