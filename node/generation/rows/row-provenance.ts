import { digestHex, fromHex, sha256, utf8, concatBytes } from '../../../protocol/canonical/hash.ts'
import type { Provenance } from '../../../schemas/datasets.ts'
import type { BoundSource, RowRun } from '../../../schemas/runs.ts'
import type { RunDeps } from '../run-commit.ts'
import { readOutcomes } from './outcomes.ts'

/** What everyone may know of how the rows were made. */
export async function provenanceOf(deps: RunDeps, run: RowRun): Promise<Provenance> {
  const sources = Object.entries(run.sources)
  const seeds = sources.flatMap(([, source]) => (source.kind === 'seed-set' ? [source.commitment] : []))
  const funnel = await funnelOf(deps, run)
  return {
    generator: { name: 'tanemaki rows', version: '1' },
    recipe: { sha256: run.recipeSha256 },
    ...(seeds[0] === undefined ? {} : { seedCommitment: seeds[0] }),
    sources: Object.fromEntries(
      await Promise.all(sources.map(async ([name, source]) => [name, await said(deps, source)])),
    ),
    models: modelsOf(deps, run),
    runSeedCommitment: await commitToSeed(deps, run),
    ...funnel,
  }
}

async function said(deps: RunDeps, source: BoundSource): Promise<Record<string, unknown>> {
  if (source.kind === 'seed-set') return { kind: source.kind, commitment: source.commitment }
  if (source.kind === 'copy') return { kind: source.kind, manifestId: source.manifestId }
  return { kind: source.kind, digest: source.digest, ...(await deps.personaSources.credit(source.id)) }
}

/** Where a model ran is told as far as it matters to whom the texts went: not the address. */
function modelsOf(deps: RunDeps, { recipe }: RowRun): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(recipe.models).map(([name, { endpoint, model }]) => [
      name,
      { model, place: deps.models.endpoint(endpoint)?.loopback === true ? 'this machine' : 'another machine' },
    ]),
  )
}

/** Salted, so that the seed can be opened to an auditor and cannot be guessed before. */
async function commitToSeed({ keys }: RunDeps, run: RowRun): Promise<string> {
  const salt = await keys.derive(`urn:tanemaki:run-seed-salt:v1 ${run.id}`)
  return digestHex(sha256(concatBytes(utf8('urn:tanemaki:run-seed:v1\0'), salt, fromHex(run.runSeed))))
}

async function funnelOf(deps: RunDeps, run: RowRun): Promise<Record<string, unknown>> {
  const reasons: Record<string, number> = {}
  const counts = { candidates: 0, accepted: 0, inputTokens: 0, outputTokens: 0 }
  for await (const { verdict, reason, calls } of readOutcomes(deps, run.id)) {
    counts.candidates += 1
    if (verdict === 'accepted') counts.accepted += 1
    else if (reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + 1
    for (const { usage } of calls) {
      counts.inputTokens += usage.inputTokens
      counts.outputTokens += usage.outputTokens
    }
  }
  const { candidates, accepted, inputTokens, outputTokens } = counts
  return {
    funnel: {
      candidates: rounded(candidates),
      accepted,
      rejected: Object.fromEntries(Object.entries(reasons).map(([reason, count]) => [reason, rounded(count)])),
    },
    tokens: { input: rounded(inputTokens), output: rounded(outputTokens) },
  }
}

/** To two significant digits: the number of candidates of a full crossing would tell how many seeds there are. */
function rounded(count: number): number {
  return Number(count.toPrecision(2))
}
