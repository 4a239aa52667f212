import type { NoisyMeasurements, TableRecipe } from '../../schemas/generation.ts'
import type { SeedSchema } from '../../schemas/seed-schema.ts'
import type { Table } from './table.ts'

/** Fresh bytes from a cryptographically secure source; never a seeded one for noise. */
export type RandomBytes = (length: number) => Uint8Array

export type SynthesisPhase = 'measure' | 'model' | 'sample'
/** `done` is the share of the phase, 0 to 1. */
export type ReportProgress = (phase: SynthesisPhase, done: number) => void

export interface MeasureInput {
  readonly schema: SeedSchema
  readonly recipe: TableRecipe
  /** Training rows only, with at least the recipe's columns. */
  readonly training: Table
  /** Privacy unit of each row as a dense number; needed when the schema's unit is a column. */
  readonly units?: Int32Array
  readonly random: RandomBytes
  readonly onProgress?: ReportProgress
}

export interface SampleInput {
  readonly schema: SeedSchema
  readonly recipe: TableRecipe
  readonly measurements: NoisyMeasurements
  /** 32 bytes; the same seed gives the same rows. Kept private. */
  readonly runSeed: Uint8Array
  readonly onProgress?: ReportProgress
}

/** What a run will do, derived from public facts alone; `rho` is what the budget ledger reserves. */
export interface RunPlan {
  readonly columns: readonly string[]
  readonly rho: string
}
