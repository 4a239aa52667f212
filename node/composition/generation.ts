import { createEvaluationStore } from '../adapters/sqlite/evaluation-store.ts'
import { createGenerationStore } from '../adapters/sqlite/generation-store.ts'
import { createPersonaStore } from '../adapters/sqlite/persona-store.ts'
import { rowHashing } from '../adapters/system/row-hashing.ts'
import { recordReader } from '../adapters/tabular/record-reader.ts'
import type { Datasets } from '../datasets/operations.ts'
import { createEvaluations, type Evaluations } from '../evaluation/operations.ts'
import { createGeneration, type Generation } from '../generation/operations.ts'
import type { Governance } from '../governance/operations.ts'
import type { CopySources } from '../ports/copy-sources.ts'
import type { Ports } from './ports.ts'

export interface GenerationNeeds {
  readonly datasets: Datasets
  readonly copies: CopySources
}

/** Seeds, recipes and runs, with their jobs registered. */
export function composeGeneration(ports: Ports, { datasets, copies }: GenerationNeeds): Generation {
  const generation = createGeneration({
    ...ports,
    datasets,
    copySources: copies,
    store: createGenerationStore(ports.db, ports.clock),
    personas: createPersonaStore(ports.db),
    records: recordReader,
    hashing: rowHashing,
  })
  for (const handler of generation.jobs) ports.queue.register(handler)
  return generation
}

export interface EvaluationNeeds {
  readonly datasets: Datasets
  readonly generation: Generation
  readonly governance: Governance
}

export function composeEvaluation(ports: Ports, { datasets, generation, governance }: EvaluationNeeds): Evaluations {
  return createEvaluations({
    ...ports,
    datasets,
    governance,
    seeds: generation.reader,
    runs: generation.runs,
    store: createEvaluationStore(ports.db),
  })
}
