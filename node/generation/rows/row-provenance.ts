import { type Funnel, roundedCount, roundedFunnel } from '../../../protocol/generation/rows/told-funnel.ts'
import { runSeedCommitment } from '../../../protocol/generation/rows/lineage.ts'
import type { Provenance } from '../../../schemas/datasets.ts'
import type { Outcome } from '../../../schemas/outcomes.ts'
import type { BoundSource, RowRun } from '../../../schemas/runs.ts'
import type { RunDeps } from '../run-commit.ts'

/** What is told of the rows themselves: roots and counts. */
export type MadeRows = Pick<Provenance, 'rowRoot' | 'lineageRoot'> & Readonly<Record<string, unknown>>

/** What everyone may know of how the rows were made. */
export async function provenanceOf(deps: RunDeps, run: RowRun, made: MadeRows): Promise<Provenance> {
  const sources = Object.entries(run.sources)
  const seeds = sources.flatMap(([, source]) => (source.kind === 'seed-set' ? [source.commitment] : []))
  return {
    generator: { name: 'tanemaki rows', version: '1' },
    recipe: { sha256: run.recipeSha256 },
    ...(seeds[0] === undefined ? {} : { seedCommitment: seeds[0] }),
    sources: Object.fromEntries(
      await Promise.all(sources.map(async ([name, source]) => [name, await said(deps, source)])),
    ),
    models: modelsOf(deps, run),
    runSeedCommitment: await commitToSeed(deps, run),
    ...made,
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
async function commitToSeed(deps: RunDeps, run: RowRun): Promise<string> {
  return runSeedCommitment(run.runSeed, await runSeedSalt(deps, run), deps.hashing)
}

export function runSeedSalt({ keys }: RunDeps, run: RowRun): Promise<Uint8Array> {
  return keys.derive(`urn:tanemaki:run-seed-salt:v1 ${run.id}`)
}

/** Opens the lineage of every row of the run. */
export function lineageSecret({ keys }: RunDeps, run: RowRun): Promise<Uint8Array> {
  return keys.derive(`urn:tanemaki:lineage-secret:v1 ${run.id}`)
}

/** Counts what is told of the candidates, one after another. */
export class CandidateCounts {
  readonly #reasons: Record<string, number> = {}
  #candidates = 0
  #accepted = 0
  #inputTokens = 0
  #outputTokens = 0

  add({ verdict, reason = 'accept', calls }: Outcome): void {
    this.#candidates += 1
    if (verdict === 'accepted') this.#accepted += 1
    else this.#reasons[reason] = (this.#reasons[reason] ?? 0) + 1
    for (const { usage } of calls) {
      this.#inputTokens += usage.inputTokens
      this.#outputTokens += usage.outputTokens
    }
  }

  /** Exact: for those to whom the run is opened. */
  exact(): Funnel {
    return { candidates: this.#candidates, accepted: this.#accepted, rejected: { ...this.#reasons } }
  }

  /** For everyone. */
  told(): Record<string, unknown> {
    return {
      funnel: roundedFunnel(this.exact()),
      tokens: { input: roundedCount(this.#inputTokens), output: roundedCount(this.#outputTokens) },
    }
  }
}
