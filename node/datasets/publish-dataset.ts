import { canonicalBytes } from '../../protocol/canonical/jcs.ts'
import { packedCroissant } from '../../protocol/datasets/croissant.ts'
import { CROISSANT_CONFORMS_TO } from '../../protocol/datasets/croissant-context.ts'
import { namesPartners, releaseRefusal } from '../../protocol/datasets/controlled-release.ts'
import { type BuiltManifest, buildManifest, documentDigest } from '../../protocol/datasets/manifest.ts'
import { instantOf } from '../../protocol/instant.ts'
import { manifestLeaf } from '../../protocol/ledger/leaf.ts'
import { checkOffer } from '../../protocol/policy/check.ts'
import { checkInherited } from '../../protocol/policy/inherit.ts'
import { writeOffer } from '../../protocol/policy/templates.ts'
import { Refused, refuse } from '../../protocol/refusal.ts'
import { type DatasetEvaluation, type DatasetRecord, type InheritedTerms } from '../../schemas/datasets.ts'
import { ManifestPredicate, STATEMENT_PAYLOAD_TYPE } from '../../schemas/manifests.ts'
import type { Rulebook } from '../../schemas/governance.ts'
import type { Instant } from '../../schemas/ids.ts'
import { type Offer, OfferTerms } from '../../schemas/policy.ts'
import type { DatasetsDeps } from './dataset-deps.ts'
import { commitChange, documentPath, existing } from './evaluated-dataset.ts'
import type { PublishRequest } from './operations.ts'
import { descriptionInput } from './render-description.ts'
import type { StoredObject } from './store.ts'

interface Document extends StoredObject {
  readonly bytes: Uint8Array
}

/** Checks everything, writes the documents, signs the manifest, and commits record, statement and log entry together. */
export async function publishDataset(deps: DatasetsDeps, id: string, request: PublishRequest): Promise<DatasetRecord> {
  const { record, revision } = await existing(deps, id)
  const rulebook = await deps.governance.rulebook()
  const evaluation = publishable(record, rulebook)
  const offers = offersOf(deps, request, { rulebook, inherited: record.inherited })
  if (record.release !== undefined && !offers.every(namesPartners)) {
    const hint = 'Name the partners in every offer: --partner DID.'
    refuse('policy-refused', 'a dataset under controlled release goes to partners by name only', hint)
  }
  const publishedAt = instantOf(deps.clock.now())
  const ready: DatasetRecord = { ...record, offers, publishedAt, state: 'published' }
  const croissant = document(ready, packedCroissant(descriptionInput(deps, ready, evaluation)), 'application/ld+json')
  const manifest = manifestOf(deps, { record: ready, evaluation, croissant, issued: publishedAt })
  const envelope = await deps.identity.signStatement(STATEMENT_PAYLOAD_TYPE, manifest.payload)
  const documents = [croissant, ...offers.map((offer) => document(ready, offer, 'application/ld+json'))]
  for (const { sha256, bytes } of documents) await deps.blobs.write(documentPath(sha256), bytes)
  const keyId = envelope.signatures[0]?.keyid ?? ''
  const published = await commitChange(deps, {
    record: { ...ready, manifestId: manifest.id, croissant: reference(croissant) },
    revision,
    objects: documents,
    statement: { id: manifest.id, kind: 'manifest', datasetId: record.id, envelope },
    effects: { leaves: [manifestLeaf({ envelope, keyId, at: publishedAt })] },
  })
  deps.log.info('dataset-published', { dataset: record.id, manifest: manifest.id })
  return published
}

/** The evaluation that allows publication; everything short of a pass of exactly these files under this rulebook refuses. */
function publishable(record: DatasetRecord, rulebook: Rulebook): DatasetEvaluation {
  const { evaluation, state } = record
  if (state === 'published' || state === 'withdrawn') {
    refuse('conflict', `the dataset is ${state}`, 'Publish a new version instead.')
  }
  const again = `Evaluate it first: tanemaki dataset evaluate ${record.name}@${record.version}`
  if (evaluation === undefined) refuse('not-evaluated', 'the dataset was never evaluated', again)
  if (evaluation.datasetRoot !== record.datasetRoot) refuse('not-evaluated', 'other files were evaluated', again)
  if (evaluation.rulebookVersion !== String(rulebook.version)) {
    refuse('not-evaluated', 'it was evaluated under another version of the rulebook', again)
  }
  if (evaluation.verdict !== 'pass' && record.release === undefined) {
    const reasons = evaluation.reasons.map((message) => ({ path: 'evaluation', message }))
    const detail = `the gates of the rulebook do not pass: ${evaluation.reasons.join('; ')}`
    const change = 'Change the recipe or the data, make a new version, and evaluate that.'
    const declare = `Or answer for it to partners by name: tanemaki dataset release ${record.name}@${record.version}`
    const hint = releaseRefusal(record) === undefined ? `${change} ${declare}` : change
    throw new Refused({ code: 'gate-failed', detail, hint, errors: reasons })
  }
  return evaluation
}

/** What an offer has to keep to: the rulebook, and what the dataset has inherited. */
interface OfferLimits {
  readonly rulebook: Rulebook
  readonly inherited?: InheritedTerms | undefined
}

function offersOf(deps: DatasetsDeps, { offers, writtenOffers = [] }: PublishRequest, limits: OfferLimits): Offer[] {
  const { rulebook, inherited } = limits
  const all = [...templateOffers(deps, offers, limits), ...writtenOffers]
  if (all.length === 0)
    refuse('invalid-request', 'a published dataset needs an offer', 'See tanemaki policy templates.')
  if (new Set(all.map((offer) => offer['@id'])).size < all.length)
    refuse('invalid-request', 'two offers have the same id', 'Give every offer an @id of its own.')
  for (const offer of all) {
    const refusal =
      checkOffer(offer, rulebook, deps.clock.now()) ??
      (inherited === undefined ? undefined : checkInherited(offer, inherited))
    if (refusal !== undefined) throw new Refused(refusal)
  }
  return all
}

function templateOffers(
  { clock, random }: DatasetsDeps,
  offers: PublishRequest['offers'],
  { rulebook, inherited }: OfferLimits,
): Offer[] {
  const setting = { rulebook, now: clock.now(), latestDeletion: inherited?.deleteBy }
  return offers.map((input, index) => {
    const terms = OfferTerms.safeParse(input)
    if (!terms.success) {
      const places = terms.error.issues.map(({ path, message }) => ({
        path: ['offers', index, ...path].join('.'),
        message,
      }))
      throw new Refused({
        code: 'invalid-request',
        detail: 'the terms of an offer are not well-formed',
        hint: 'Correct the listed places.',
        errors: places,
      })
    }
    return writeOffer(terms.data, { ...setting, id: `urn:uuid:${random.uuid()}` })
  })
}

function document(record: DatasetRecord, value: unknown, mediaType: string): Document {
  const bytes = canonicalBytes(value)
  return { sha256: documentDigest(bytes), size: bytes.length, mediaType, datasetId: record.id, bytes }
}

function reference({ sha256, size, mediaType }: Document) {
  return { sha256, size, mediaType }
}

interface ManifestFacts {
  readonly record: DatasetRecord
  readonly evaluation: DatasetEvaluation
  readonly croissant: Document
  readonly issued: Instant
}

function manifestOf({ identity, node }: DatasetsDeps, facts: ManifestFacts): BuiltManifest {
  const { record, evaluation, croissant, issued } = facts
  const { verdict, rulebookVersion, publicReport, fullReport } = evaluation
  return buildManifest(
    ManifestPredicate.parse({
      datasetId: record.id,
      name: record.name,
      version: record.version,
      issued,
      issuer: identity.did,
      serialization: { method: 'rfc6962-resources', hash: 'sha256', order: 'utf8-bytes' },
      resources: record.resources,
      description: { croissant: { ...reference(croissant), conformsTo: [...CROISSANT_CONFORMS_TO] } },
      policy: {
        offers: record.offers.map((offer) => ({ uid: offer['@id'], sha256: documentDigest(canonicalBytes(offer)) })),
        license: record.license,
      },
      provenance: record.provenance,
      reports: { evaluation: { verdict, rulebookVersion, public: publicReport, full: fullReport } },
      ...(record.release === undefined ? {} : { release: record.release }),
      ...(record.supersedes === undefined ? {} : { supersedes: record.supersedes }),
      log: node.logOrigin,
    }),
  )
}
