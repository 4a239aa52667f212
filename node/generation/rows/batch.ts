import * as z from 'zod'
import { refuse } from '../../../protocol/refusal.ts'
import type { RowRun } from '../../../schemas/runs.ts'
import { ModelFailure } from '../../ports/models.ts'
import { isResting } from '../run-board.ts'
import type { RunDeps } from '../run-commit.ts'
import type { Answered, Question } from './answers.ts'
import { seedSetsIn } from './bind-sources.ts'
import { createEmission } from './emission.ts'
import { refusedFor } from './generate-rows.ts'
import { openGeneration } from './open-generation.ts'
import { readOutcomes } from './outcomes.ts'

/** The answer is not there and is not asked for now. */
class AnswerPending extends Error {}

/** How many candidates are looked through at once. */
const WIDTH = 64

export interface BatchExport {
  /** Lines of an OpenAI batch file. */
  readonly questions: number
  readonly candidates: number
}

/**
 * Every question that candidates of a resting run have open now, as lines of an OpenAI batch file: `{custom_id, method, url, body}`.
 * Questions that need an answer which is not there come with a later file.
 */
export async function exportBatch(
  deps: RunDeps,
  run: RowRun,
  { candidates, onLine, signal }: { candidates: number; onLine: (line: unknown) => void; signal: AbortSignal },
): Promise<BatchExport> {
  refuseWorking(run)
  let questions = 0
  const sent = new Set<string>()
  const collect = async ({ endpoint, ask, column }: Question, answered: Answered | undefined, key: string) => {
    if (answered !== undefined) return answered
    if (ask.kind === 'chat' && !sent.has(key)) {
      sent.add(key)
      questions += 1
      onLine({ custom_id: `${column}:${key}`, ...endpoint.batchChat(ask.request) })
    }
    throw new AnswerPending()
  }
  const generation = await openGeneration(deps, run, collect).catch(refusedFor)
  const emission = createEmission(run.recipe)
  for await (const outcome of readOutcomes(deps, run.id)) emission.recall(outcome)
  const end = Math.min(generation.end, emission.next + candidates)
  for (let from = emission.next; from < end; from += WIDTH) {
    signal.throwIfAborted()
    const indices = Array.from({ length: Math.min(WIDTH, end - from) }, (_, at) => from + at)
    await Promise.all(indices.map((index) => generation.maker.make(index, signal).catch(ignorePending)))
  }
  return { questions, candidates: Math.max(0, end - emission.next) }
}

function ignorePending(error: unknown): void {
  if (!(error instanceof AnswerPending)) throw error
}

const Line = z.object({
  custom_id: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}:[0-9a-f]{64}$/),
  response: z.object({ status_code: z.int(), body: z.unknown() }).nullish(),
  error: z.unknown().optional(),
})

export interface BatchImport {
  readonly taken: number
  /** Lines that hold an error of the other machine, or no usable answer: their questions stay open. */
  readonly unusable: number
}

/** Takes the results of a batch file: answers that a run then finds as if it had asked. */
export async function importBatch(deps: RunDeps, run: RowRun, lines: AsyncIterable<string>): Promise<BatchImport> {
  refuseWorking(run)
  const cache = await deps.answers.open()
  const scope = seedSetsIn(run.sources)
  const counts = { taken: 0, unusable: 0 }
  let line = 0
  for await (const text of lines) {
    line += 1
    if (text.trim() === '') continue
    const parsed = Line.safeParse(jsonIn(text))
    if (!parsed.success) {
      return refuse(
        'invalid-request',
        `line ${line} is no result of a batch`,
        'Give the output file as it was written.',
      )
    }
    const answer = answerIn(deps, run, parsed.data)
    if (answer === undefined) {
      counts.unusable += 1
      continue
    }
    const [, key = ''] = parsed.data.custom_id.split(':')
    await cache.put(scope, key, { kind: 'chat', paidBy: run.id, ...answer })
    counts.taken += 1
  }
  return counts
}

function answerIn({ models }: RunDeps, { recipe }: RowRun, { custom_id, response }: z.infer<typeof Line>) {
  const [name] = custom_id.split(':')
  const column = recipe.columns.find((each) => each.name === name)
  const model = column !== undefined && 'prompt' in column ? recipe.models[column.model] : undefined
  const endpoint = model && models.endpoint(model.endpoint)
  if (model === undefined || endpoint === undefined) {
    return refuse(
      'invalid-request',
      `"${name}" is no column of this run that asks a model`,
      'Import it into its own run.',
    )
  }
  if (response?.status_code !== 200) return undefined
  const { model: asked, maxTokens } = model
  const request = { model: asked, maxTokens, messages: [], temperature: 0, topP: 1, seed: 0 }
  try {
    return endpoint.readBatchChat(request, response.body)
  } catch (error) {
    if (error instanceof ModelFailure) return undefined
    throw error
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refuseWorking(run: RowRun): void {
  if (isResting(run) || run.state === 'queued') return
  refuse('conflict', 'the run is working', 'Cancel it first: tanemaki run cancel RUN')
}
