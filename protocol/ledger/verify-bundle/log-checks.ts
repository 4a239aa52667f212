import type { Checkpoint } from '../../../schemas/ledger.ts'
import { openCheckpoint, readCheckpoint } from '../checkpoint.ts'
import { announcedLog } from '../party.ts'
import { formatVkey, type NoteKey } from '../signed-note.ts'
import { parseTlogPolicy } from '../tlog-policy.ts'
import { parseTlogProof } from '../tlog-proof.ts'
import { type AuditedBundle, Faults, type Finding, nameDigest, notApplicable, pathsUnder, readText } from './bundle.ts'

const POLICY = 'policy.tlog-policy'

/** A log of the bundle before it is rebuilt: which key must have signed it, and where its files are. */
export interface NamedLog {
  readonly key: NoteKey
  readonly folder: string
}

/** `policy`: the trust file is well-formed and names the key of every log in the bundle, as its owner's DID document does. */
export async function checkPolicy(bundle: AuditedBundle): Promise<{ finding: Finding; logs: NamedLog[] }> {
  const faults = new Faults()
  const own = await readText(bundle, POLICY)
  const included = own === undefined ? undefined : parseTlogPolicy(own)
  faults.expect(included !== undefined, POLICY, 'the trust policy is missing or malformed')
  const given = bundle.tools.policy === undefined ? undefined : parseTlogPolicy(bundle.tools.policy)
  if (bundle.tools.policy !== undefined)
    faults.expect(given !== undefined, POLICY, 'the given trust policy is malformed')
  const policy = bundle.tools.policy === undefined ? included : given
  const logs: NamedLog[] = []
  for (const { origin, did } of bundle.description?.logs ?? []) {
    const keys = (bundle.documents.get(did) ?? []).flatMap((document) => {
      const log = announcedLog(document)
      return log?.origin === origin ? [formatVkey(log.key)] : []
    })
    const trusted = policy?.logs.find((key) => key.name === origin)
    if (trusted === undefined) faults.add(POLICY, `the trust policy does not name the log ${origin}`)
    else {
      faults.expect(
        keys.includes(formatVkey(trusted)),
        POLICY,
        `the key of the log ${origin} is not the one that its owner announces`,
      )
      logs.push({ key: trusted, folder: `logs/${nameDigest(origin, bundle.tools.hash)}` })
    }
  }
  const extra = (included?.logs.length ?? 0) - (bundle.description?.logs.length ?? 0)
  faults.expect(extra === 0, POLICY, 'the trust policy and the description name different logs')
  const source =
    bundle.tools.policy === undefined ? 'the policy of the bundle itself' : 'the policy given by the auditor'
  return { finding: faults.finding(`${logs.length} logs, trusted by ${source}`), logs }
}

/** `cosignature-quorum`: only when the policy asks for one. */
export async function checkQuorum(bundle: AuditedBundle): Promise<Finding> {
  const text = bundle.tools.policy ?? (await readText(bundle, POLICY))
  const policy = text === undefined ? undefined : parseTlogPolicy(text)
  if (policy === undefined || policy.quorum === undefined)
    return notApplicable('the trust policy asks for no cosignature')
  return {
    verdict: 'fail',
    evidence: 'the trust policy asks for cosignatures, which this program does not verify',
    place: POLICY,
  }
}

/** `checkpoint-signature`: every checkpoint of every log is signed by its key under its origin. */
export async function checkCheckpoints(
  bundle: AuditedBundle,
  logs: readonly NamedLog[],
): Promise<{ finding: Finding; heads: Map<string, Checkpoint>; older: Map<string, Checkpoint[]> }> {
  const faults = new Faults()
  const heads = new Map<string, Checkpoint>()
  const older = new Map<string, Checkpoint[]>()
  for (const { key, folder } of logs) {
    for (const path of [`${folder}/checkpoint`, ...pathsUnder(bundle, `${folder}/checkpoint.d`)]) {
      const note = await readText(bundle, path)
      const checkpoint = note === undefined ? undefined : openCheckpoint(note, key, bundle.tools.verify)
      if (checkpoint === undefined) faults.add(path, 'the checkpoint is not signed by the key of the log')
      else if (path === `${folder}/checkpoint`) heads.set(folder, checkpoint)
      else {
        faults.expect(path.endsWith(`/${checkpoint.size}`), path, 'the checkpoint is of another size than its name')
        older.set(folder, [...(older.get(folder) ?? []), checkpoint])
      }
    }
  }
  const known = new Set(logs.map(({ folder }) => folder))
  for (const path of pathsUnder(bundle, 'logs'))
    faults.expect(known.has(path.split('/').slice(0, 2).join('/')), path, 'the file belongs to no log of the policy')
  const count = heads.size + [...older.values()].flat().length
  return { finding: faults.finding(`${count} checkpoints of ${heads.size} logs`), heads, older }
}

/** Checkpoints inside the proofs of the bundle, by the folder of their log. */
export async function proofCheckpoints(bundle: AuditedBundle): Promise<Map<string, Checkpoint[]>> {
  const found = new Map<string, Checkpoint[]>()
  for (const path of pathsUnder(bundle, 'proofs')) {
    const proof = parseTlogProof((await readText(bundle, path)) ?? '')
    const checkpoint = proof === undefined ? undefined : readCheckpoint(proof.checkpoint)
    if (checkpoint === undefined) continue
    const folder = `logs/${nameDigest(checkpoint.origin, bundle.tools.hash)}`
    found.set(folder, [...(found.get(folder) ?? []), checkpoint])
  }
  return found
}

/** `consistency`: every other checkpoint of a log, also those that came with proofs, is a prefix of the rebuilt tree. */
export function checkConsistency(bundle: AuditedBundle, others: ReadonlyMap<string, readonly Checkpoint[]>): Finding {
  const faults = new Faults()
  let checked = 0
  for (const log of bundle.logs.values()) {
    for (const { size, root } of others.get(log.folder) ?? []) {
      checked += 1
      faults.expect(size <= log.checkpoint.size, log.folder, `a checkpoint of ${size} leaves is newer than the log`)
      if (size <= log.checkpoint.size)
        faults.expect(
          log.rootAt.get(size) === root,
          log.folder,
          `the checkpoint of ${size} leaves is of another history`,
        )
    }
  }
  return bundle.logs.size === 0
    ? notApplicable('no log could be rebuilt')
    : faults.finding(`${checked} older checkpoints`)
}
