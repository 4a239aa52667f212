import type { DpClaim } from '../../schemas/evaluation.ts'
import type { Recipe } from '../../schemas/recipe.ts'
import type { SeedSchema } from '../../schemas/seed-schema.ts'
import type {
  DescribeSeeds,
  ErasureReport,
  ImportProgress,
  SeedFormat,
  SeedImport,
  SeedSet,
  SeedSetDescription,
  SeedSetSummary,
  SeedUpload,
} from '../../schemas/seeds.ts'
import type { DiscloseRun, LineageVerification, RunDisclosure, VerifyRun } from '../../schemas/lineage.ts'
import type { PersonaEffect, RunReport } from '../../schemas/run-report.ts'
import type { RecipePreview, ResumeRun, Run, RunProgress, StartRun } from '../../schemas/runs.ts'
import type { SeedTexts } from '../../protocol/evaluation/published-texts.ts'
import type { SeedSide } from '../../protocol/generation/control-split.ts'
import type { Table } from '../../protocol/generation/table.ts'
import type { JobHandler } from '../ports/queue.ts'
import type { GenerationPorts } from './dependencies.ts'
import { createPersonas, type Personas } from './personas/personas.ts'
import { eraseSeedsHandler } from './erase-seeds.ts'
import { runHandler } from './jobs.ts'
import { createRunBoard } from './run-board.ts'
import type { BatchExport, BatchImport } from './rows/batch.ts'
import { createAdmissions } from './engine/admissions.ts'
import { createPersonaSources } from './rows/persona-sources.ts'
import { createRuns } from './runs.ts'
import { createSeedFiles } from './seed-files.ts'
import { createSeedReader } from './seed-reader.ts'
import { createSeeds } from './seeds.ts'

export interface FollowImport {
  readonly onProgress?: (progress: ImportProgress) => void
  readonly signal?: AbortSignal
}

/** Private records of this node. Nothing that depends on a row leaves through here except to the people of the node. */
export interface Seeds {
  /** Takes a file in, sealed chunk by chunk; it waits for `import` and is gone with the process. */
  upload(format: SeedFormat, content: AsyncIterable<Uint8Array>): Promise<SeedUpload>
  /** All or nothing: a refusal leaves no trace of the file. Refused `table-invalid` names places, never values. */
  import(request: SeedImport, follow?: FollowImport): Promise<SeedSetDescription>
  /** Newest first, at most 1,000. */
  list(): Promise<SeedSetSummary[]>
  /** By id or name. Refused `not-found`, as in all that follow. */
  describe(reference: string): Promise<SeedSetDescription>
  /** Declares domains public, or replaces the schema by one that every stored row fits. */
  change(reference: string, change: DescribeSeeds): Promise<SeedSetDescription>
  erase(reference: string): Promise<ErasureReport>
}

/** What an evaluation compares with: the whole of one side, decrypted into memory. */
export interface SeedSideTable {
  readonly schema: SeedSchema
  readonly table: Table
  /** Dense number of each row's privacy unit; absent when the unit is the row. */
  readonly units?: Int32Array
}

/** Read access for the evaluation slice; generation reads the training side inside its own job only. */
export interface SeedReader {
  seedSet(reference: string): Promise<SeedSet | undefined>
  schema(seedSet: SeedSet): Promise<SeedSchema>
  side(seedSet: SeedSet, side: SeedSide): Promise<SeedSideTable>
  /** Texts and identifying values of one side, as many as fit into memory; `complete` says whether all did. */
  texts(seedSet: SeedSet, side: SeedSide): Promise<SeedTexts>
}

export interface Runs {
  /** Of a table, what a run would spend; of rows, ten candidates made and paid for. */
  preview(recipe: Recipe, signal?: AbortSignal): Promise<RecipePreview>
  /** Refused `budget-exceeded` when the seed set's cap would be passed. */
  start(request: StartRun): Promise<Run>
  get(id: string): Promise<Run | undefined>
  /** Newest first, at most 1,000. */
  list(): Promise<Run[]>
  cancel(id: string): Promise<Run>
  /** Goes on behind what is stored; never charges twice. */
  resume(id: string, request?: ResumeRun): Promise<Run>
  /**
   * Open questions of a row run that rests, as lines of an OpenAI batch file for a machine that this node cannot reach; at most
   * those of the next `candidates`. Refused `conflict` while it works.
   */
  exportBatch(
    id: string,
    options: { candidates: number; onLine: (line: unknown) => void; signal: AbortSignal },
  ): Promise<BatchExport>
  /** Takes the results of such a file; the run then finds them as if it had asked. */
  importBatch(id: string, lines: AsyncIterable<string>): Promise<BatchImport>
  /** Reports changes until the run rests (completed, failed, cancelled) or the signal aborts. */
  follow(id: string, options: { onProgress: (progress: RunProgress) => void; signal?: AbortSignal }): Promise<Run>
  /** What a run of a row recipe came to, for the people of this node. Refused `unsupported` for tables. */
  report(id: string, signal?: AbortSignal): Promise<RunReport>
  /** Whether the personas of a run made its rows more diverse than those of the other, which had none. */
  compare(runs: { readonly run: string; readonly without: string }, signal?: AbortSignal): Promise<PersonaEffect>
  /** Holds the dataset of a run against what the node keeps of it. Refused `conflict` before there is a dataset. */
  verify(id: string, request: VerifyRun, signal?: AbortSignal): Promise<LineageVerification>
  /** For a third party; opens seeds only when that is asked for. Refused as `verify`, and `invalid-request`. */
  disclose(id: string, request: DiscloseRun, signal?: AbortSignal): Promise<RunDisclosure>
  /** What a dataset made by this run may claim; undefined before its measurements are stored. */
  claim(id: string): Promise<DpClaim | undefined>
}

export interface Generation {
  readonly seeds: Seeds
  readonly reader: SeedReader
  readonly runs: Runs
  readonly personas: Personas
  readonly jobs: readonly JobHandler[]
  /** Removes what a process that died left half-way; before anything else is called. */
  start(): Promise<void>
}

export function createGeneration(ports: GenerationPorts): Generation {
  const files = createSeedFiles(ports.blobs, ports.keys)
  const packs = createPersonas(ports)
  const deps = {
    ...ports,
    files,
    board: createRunBoard(),
    admissions: createAdmissions(ports.clock),
    personaSources: createPersonaSources(packs.personas, { ...ports, files }),
  }
  const seeds = createSeeds(deps)
  return {
    seeds,
    reader: createSeedReader(deps),
    runs: createRuns(deps),
    personas: packs.personas,
    jobs: [runHandler(deps), eraseSeedsHandler(deps), ...packs.jobs],
    start: async () => {
      await seeds.start()
      await packs.start()
    },
  }
}
