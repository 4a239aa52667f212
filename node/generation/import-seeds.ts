import { digestHex, toHex } from '../../protocol/canonical/hash.ts'
import { secretCommitment } from '../../protocol/generation/seed-commitment.ts'
import { instantOf } from '../../protocol/instant.ts'
import { seedCommitmentLeaf } from '../../protocol/ledger/leaf.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { SeedSchema } from '../../schemas/seed-schema.ts'
import { type SeedImport, SeedSet, type SeedSetDescription } from '../../schemas/seeds.ts'
import type { GenerationDeps } from './dependencies.ts'
import { describeSeedSet } from './describe-seeds.ts'
import { importRows, inferSchema } from './import-rows.ts'
import type { FollowImport } from './operations.ts'
import type { SealedUploads } from './sealed-upload.ts'

interface Order {
  readonly request: SeedImport
  readonly follow: FollowImport
}

/**
 * Takes an uploaded file in as a seed set: everything is written aside, moved into place in one step and known only after one
 * commit, which also logs the commitment. The upload is gone afterwards, whatever happened.
 */
export async function importSeeds(
  deps: GenerationDeps,
  uploads: SealedUploads,
  { request, follow }: Order,
): Promise<SeedSetDescription> {
  const id = `urn:uuid:${deps.random.uuid()}`
  try {
    if ((await deps.store.seedSet(request.name))?.state === 'imported') refuseTaken()
    const seedSet = await writeSeedSet(deps, uploads, { id, request, follow })
    await deps.files.publish(id)
    const { root, control, drawnAt } = seedSet.commitment
    const leaf = seedCommitmentLeaf({ seedSet: id, root, control, at: drawnAt })
    if ((await deps.store.addSeedSet(seedSet, { leaves: [leaf] })) === 'conflict') {
      await deps.files.remove(id)
      refuseTaken()
    }
    deps.log.info('seeds-imported', { seedSet: id, format: seedSet.format })
    return await describeSeedSet(deps, seedSet)
  } finally {
    await deps.files.discard(id)
    await uploads.remove(request.uploadId)
  }
}

function delimiterOf({ delimiter }: SeedImport): { delimiter?: string } {
  return delimiter === undefined ? {} : { delimiter }
}

async function writeSeedSet(
  deps: GenerationDeps,
  uploads: SealedUploads,
  { id, request, follow }: Order & { id: string },
): Promise<SeedSet> {
  const { random, hashing, files } = deps
  const { upload, bytes } = uploads.source(request.uploadId)
  const secrets = { rows: random.bytes(32), split: random.bytes(32) }
  const records = await deps.records.open(bytes, upload.format, { ...delimiterOf(request), trim: true })
  const job = { id, request, secrets, hashing, files, ...follow }
  const schema = request.schema ?? (await inferSchema(records, job))
  requireControl(schema, request.controlPerMille)
  const { root, details } = await importRows(records, { ...job, schema })
  await files.writeSecrets(id, { rows: toHex(secrets.rows), split: toHex(secrets.split) })
  await files.writeFirstDetails(id, details)
  const at = instantOf(deps.clock.now())
  return SeedSet.parse({
    id,
    name: request.name,
    state: 'imported',
    format: upload.format,
    detailsVersion: 1,
    commitment: {
      root,
      control: controlCommitment(schema, { request, split: secrets.split, deps }),
      drawnBy: schema.unit === 'row' ? 'row' : 'unit',
      controlPerMille: request.controlPerMille,
      drawnAt: at,
    },
    cap: request.cap,
    createdAt: at,
  })
}

/** Binds the key of the split to what it split and in which proportion; says nothing about who is on which side. */
function controlCommitment(
  schema: SeedSchema,
  { request, split, deps }: { request: SeedImport; split: Uint8Array; deps: GenerationDeps },
): string {
  const by = schema.unit === 'row' ? 'row' : 'unit'
  const name = `urn:tanemaki:control-split:v1 ${by} ${request.controlPerMille}`
  return digestHex(secretCommitment(name, split, deps.hashing))
}

/** What is generated from seeds about persons can only be judged against persons that the generator never saw. */
function requireControl({ subject }: Pick<SeedSchema, 'subject'>, controlPerMille: number): void {
  if (subject !== 'persons' || controlPerMille > 0) return
  refuse(
    'invalid-request',
    'seeds about persons need a control set',
    'Leave --control-share out for one half, or name a share; only data about an organisation or about nobody go without.',
  )
}

function refuseTaken(): never {
  return refuse('conflict', 'there is a seed set of this name', 'Choose another name, or erase the old seed set first.')
}
