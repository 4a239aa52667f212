import type { DidDocument } from '../../../schemas/identity.ts'
import type { ManifestStatement } from '../../../schemas/manifests.ts'
import type { BundleDescription } from '../../../schemas/audit.ts'
import type { Checkpoint, DsseEnvelope, PublicRecord, Receipt } from '../../../schemas/ledger.ts'
import type { VerifyEd25519 } from '../../canonical/ed25519.ts'
import { type HashFunction, toHex, utf8 } from '../../canonical/hash.ts'
import { canonicalBytes } from '../../canonical/jcs.ts'
import { readStrictJson } from '../../canonical/strict-json.ts'
import type { NoteKey } from '../signed-note.ts'

/** Where the files of a bundle come from. Paths are relative and `/`-separated. */
export interface BundleReader {
  /** Every file of the bundle. */
  list(): Promise<readonly string[]>
  /** undefined when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>
}

/** What an auditor brings along. */
export interface AuditTools {
  readonly hash: HashFunction
  readonly verify: VerifyEd25519
  /** Logs that the auditor trusts from elsewhere; without it the bundle's own policy file counts. */
  readonly policy?: string
}

/** A log of the bundle, rebuilt from its entries. */
export interface AuditedLog {
  readonly key: NoteKey
  readonly folder: string
  readonly checkpoint: Checkpoint
  /** Index by the hexadecimal leaf hash. */
  readonly indexOf: ReadonlyMap<string, number>
  /** Public records with their index. */
  readonly records: readonly { readonly index: number; readonly record: PublicRecord }[]
  /** Root of the first n leaves, for each n that a checkpoint of the bundle names. */
  readonly rootAt: ReadonlyMap<number, string>
}

export interface AuditedManifest {
  readonly path: string
  readonly id: string
  readonly envelope: DsseEnvelope
  readonly statement: ManifestStatement
}

export interface AuditedReceipt {
  readonly path: string
  readonly id: string
  readonly envelope: DsseEnvelope
  readonly receipt: Receipt
}

/** What the checks learn of the bundle, each from the files that belong to it. */
export interface AuditedBundle {
  readonly reader: BundleReader
  readonly tools: AuditTools
  readonly paths: readonly string[]
  description?: BundleDescription
  readonly documents: Map<string, DidDocument[]>
  readonly logs: Map<string, AuditedLog>
  readonly manifests: Map<string, AuditedManifest>
  receipts: AuditedReceipt[]
  readonly secrets: Map<string, Uint8Array>
}

/** What one check found. */
export interface Finding {
  readonly verdict: 'pass' | 'fail' | 'not-applicable'
  readonly evidence: string
  readonly place?: string
}

export function notApplicable(evidence: string): Finding {
  return { verdict: 'not-applicable', evidence }
}

/** Collects what is wrong; the first fault and their number become the evidence. */
export class Faults {
  readonly #faults: { evidence: string; place: string }[] = []

  add(place: string, evidence: string): void {
    this.#faults.push({ place, evidence })
  }

  /** Adds the fault unless the condition holds. */
  expect(holds: boolean, place: string, evidence: string): boolean {
    if (!holds) this.add(place, evidence)
    return holds
  }

  /** `pass`: what was checked, when nothing is wrong. */
  finding(pass: string): Finding {
    const [first] = this.#faults
    if (first === undefined) return { verdict: 'pass', evidence: pass }
    const more = this.#faults.length - 1
    return {
      verdict: 'fail',
      evidence: more === 0 ? first.evidence : `${first.evidence} (and ${more} more)`,
      place: first.place,
    }
  }
}

export function pathsUnder(bundle: AuditedBundle, folder: string): string[] {
  return bundle.paths.filter((path) => path.startsWith(`${folder}/`))
}

/** Hexadecimal SHA-256 of a name (origin, DID, exchange id), as folders and files of a bundle are named. */
export function nameDigest(name: string, hash: HashFunction): string {
  return toHex(hash(utf8(name)))
}

/** JSON of a file read strictly; undefined when absent or not strict JSON. */
export async function readJson(bundle: AuditedBundle, path: string): Promise<unknown> {
  const bytes = await bundle.reader.read(path)
  return bytes === undefined ? undefined : readStrictJson(bytes)
}

/** Whether a file is exactly the canonical JSON of a value. */
export async function isCanonicalFile(bundle: AuditedBundle, path: string, value: unknown): Promise<boolean> {
  const bytes = await bundle.reader.read(path)
  return bytes !== undefined && toHex(bytes) === toHex(canonicalBytes(value))
}

export async function readText(bundle: AuditedBundle, path: string): Promise<string | undefined> {
  const bytes = await bundle.reader.read(path)
  try {
    return bytes === undefined ? undefined : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
