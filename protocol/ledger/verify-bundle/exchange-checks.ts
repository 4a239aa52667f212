import { ChunkSample } from '../../../schemas/audit.ts'
import type { Resource } from '../../../schemas/datasets.ts'
import { fromHex, toHex } from '../../canonical/hash.ts'
import { leafHash, verifyInclusion } from '../../canonical/merkle.ts'
import { drawChunks } from '../chunk-challenge.ts'
import {
  type AuditedBundle,
  type AuditedReceipt,
  Faults,
  type Finding,
  isCanonicalFile,
  notApplicable,
  pathsUnder,
  readJson,
} from './bundle.ts'

/** `agreement-offer-manifest`: the agreement is the one that was signed, and its offer is one that the manifest binds. */
export async function checkAgreements(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  let checked = 0
  for (const { path, receipt } of bundle.receipts) {
    if (receipt.type !== 'AgreementFinalized') continue
    checked += 1
    for (const sha256 of [receipt.agreement.sha256, receipt.offer.sha256]) {
      const bytes = await bundle.reader.read(`objects/${sha256}`)
      const present = bytes !== undefined && toHex(bundle.tools.hash(bytes)) === sha256
      faults.expect(present, `objects/${sha256}`, 'an agreement or offer that a receipt fixes is missing')
    }
    if (receipt.manifestId === null) continue
    const manifest = bundle.manifests.get(receipt.manifestId)
    const offers = manifest?.statement.predicate.policy.offers.map(({ sha256 }) => sha256)
    if (faults.expect(offers !== undefined, path, 'the manifest of the receipt is missing'))
      faults.expect(
        offers?.includes(receipt.offer.sha256) === true,
        path,
        'the offer is none of those that the manifest binds',
      )
    faults.expect(
      manifest === undefined || manifest.statement.predicate.issuer === receipt.provider.did,
      path,
      'the manifest is not the provider’s',
    )
  }
  return checked === 0
    ? notApplicable('no agreement is in the bundle')
    : faults.finding(`${checked} agreements as signed`)
}

/** `transfer-root`: what was announced and what arrived are the files of the manifest. */
export function checkTransfers(bundle: AuditedBundle): Finding {
  const faults = new Faults()
  let checked = 0
  for (const audited of bundle.receipts) {
    if (audited.receipt.type === 'AgreementFinalized') continue
    const manifest = audited.receipt.manifestId === null ? undefined : bundle.manifests.get(audited.receipt.manifestId)
    if (manifest === undefined) continue
    checked += 1
    checkTransfer(audited, {
      faults,
      resources: manifest.statement.predicate.resources,
      root: manifest.statement.subject[0]?.digest.sha256,
    })
  }
  return checked === 0
    ? notApplicable('no transfer with its manifest is in the bundle')
    : faults.finding(`${checked} transfers of the signed files`)
}

function checkTransfer(
  { path, receipt }: AuditedReceipt,
  { faults, resources, root }: { faults: Faults; resources: readonly Resource[]; root: string | undefined },
): void {
  if (receipt.type === 'AgreementFinalized') return
  for (const { name, size, root: treeRoot } of receipt.body.resources) {
    const bound = resources.find((resource) => resource.name === name)
    faults.expect(
      bound?.tree.root === treeRoot && bound.size === size,
      path,
      `the file ${name} is not the one of the manifest`,
    )
  }
  if (receipt.type !== 'TransferCompleted') return
  const { result, datasetRoot, mismatch } = receipt.body
  if (result === 'complete')
    faults.expect(datasetRoot === root, path, 'the root that arrived is not the root of the manifest')
  if (mismatch !== undefined) {
    const { chunk, resource } = mismatch
    const leaves = resources.find(({ name }) => name === resource)?.tree.leaves ?? 0
    faults.expect(chunk < leaves, path, 'the wrong chunk that is named does not exist')
  }
}

/** `chunk-challenge`: every sampled chunk belongs where its manifest says. */
export async function checkChunks(bundle: AuditedBundle): Promise<Finding> {
  const faults = new Faults()
  const paths = pathsUnder(bundle, 'chunks')
  const sampled: ChunkSample[] = []
  for (const path of paths.filter((candidate) => candidate.endsWith('.json'))) {
    const sample = ChunkSample.safeParse(await readJson(bundle, path))
    if (!sample.success || !(await isCanonicalFile(bundle, path, sample.data))) {
      faults.add(path, 'the sample is malformed')
      continue
    }
    sampled.push(sample.data)
    faults.expect(await isProven(bundle, sample.data, path), path, 'the sampled bytes are not those of the manifest')
  }
  const samples = paths.filter((path) => path.endsWith('.json')).length
  checkDraw(bundle, sampled, faults)
  faults.expect(paths.length === 2 * samples, 'chunks', 'a sample lacks its bytes or its description')
  return paths.length === 0
    ? notApplicable('the bundle holds no sampled chunk')
    : faults.finding(`${samples} chunks as signed`)
}

/** Where a sample lies in a bundle: manifest, resource and index, so that equal chunks do not collide. */
export function chunkPath(
  sample: Pick<ChunkSample, 'manifestId' | 'resource' | 'index'>,
  ending: '.json' | '.bin',
): string {
  return `chunks/${sample.manifestId.replace(/^sha256:/, '')}/${sample.resource}/${sample.index}${ending}`
}

/** The samples of a manifest are exactly those that the head of the exporter's log draws. */
function checkDraw(bundle: AuditedBundle, sampled: readonly ChunkSample[], faults: Faults): void {
  const origin = bundle.description?.logs.find(({ role }) => role === 'exporter')?.origin
  const log = origin === undefined ? undefined : bundle.logs.get(origin)
  if (log === undefined) return
  for (const manifestId of new Set(sampled.map((sample) => sample.manifestId))) {
    const manifest = bundle.manifests.get(manifestId)
    if (manifest === undefined) continue
    const { resources } = manifest.statement.predicate
    const drawn = drawChunks(log.checkpoint.root, { id: manifestId, resources })
    const shown = sampled.filter((sample) => sample.manifestId === manifestId)
    const name = ({ resource, index }: { resource: string; index: number }) => `${resource} ${index}`
    const same = drawn.map(name).toSorted().join() === shown.map(name).toSorted().join()
    faults.expect(same, 'chunks', 'the samples are not the ones that the head of the log draws')
  }
}

async function isProven(bundle: AuditedBundle, sample: ChunkSample, path: string): Promise<boolean> {
  const bytes = await bundle.reader.read(path.replace(/\.json$/, '.bin'))
  const resource = bundle.manifests
    .get(sample.manifestId)
    ?.statement.predicate.resources.find(({ name }) => name === sample.resource)
  if (bytes === undefined || resource === undefined) return false
  if (path !== chunkPath(sample, '.json') || toHex(bundle.tools.hash(bytes)) !== sample.sha256) return false
  return verifyInclusion(
    {
      index: sample.index,
      size: resource.tree.leaves,
      leaf: leafHash(bytes, bundle.tools.hash),
      root: fromHex(resource.tree.root),
      proof: sample.proof.map(fromHex),
    },
    bundle.tools.hash,
  )
}
