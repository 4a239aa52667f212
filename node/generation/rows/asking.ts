import { readAnswer, type ReadAnswer } from '../../../protocol/generation/rows/answer-json.ts'
import { CounterRandom, randomStream } from '../../../protocol/generation/rows/counter-random.ts'
import { correction, promptFor } from '../../../protocol/generation/rows/prompts.ts'
import type { PlannedAnswer } from '../../../protocol/generation/rows/row-plan.ts'
import type { CellValue } from '../../../schemas/row-columns.ts'
import type { RecipeModel } from '../../../schemas/row-recipe.ts'
import { sha256Hex, utf8 } from '../../../protocol/canonical/hash.ts'
import type { ChatMessage, ChatRequest, ModelEndpoint } from '../../ports/models.ts'
import type { OpenRow, RowMaking } from './make-row.ts'
import { CellRejected, RunStopped } from './run-stopped.ts'

/** Fresh beginnings after the first one, each with another seed. */
const RESTARTS = 2
/** Questions to put right an answer that cannot be read, within one conversation. */
const CORRECTIONS = 1
const ATTEMPTS = CORRECTIONS + 1

/** Asks a column's model for one cell until an answer can be read. Rejects CellRejected with what was wrong with the last one. */
export type Asker = (row: OpenRow) => Promise<CellValue>

export function createAsker(planned: PlannedAnswer, making: RowMaking): Asker {
  const model = making.plan.recipe.models[planned.column.model]
  const endpoint = model && making.models.endpoint(model.endpoint)
  if (model === undefined || endpoint === undefined) throw unknownEndpoint(planned.column.model)
  const draw = createDraws(model, planned.name, making.runSeed)
  return async (row) => {
    const opening = promptFor(planned, row.cells)
    let fault = 'parse'
    for (let restart = 0; restart <= RESTARTS; restart += 1) {
      let messages: readonly ChatMessage[] = opening
      for (let turn = 0; turn <= CORRECTIONS; turn += 1) {
        const attempt = restart * ATTEMPTS + turn
        const request = { ...draw(row.index, attempt), messages, ...schemaOf(planned) }
        const { text, finish } = await ask({ making, endpoint, planned, row }, { request, attempt })
        const read: ReadAnswer = finish === 'stop' ? readAnswer(planned, text) : { fault: faultOf(finish) }
        if ('value' in read) return read.value
        fault = read.fault
        // What was cut has nothing wrong that could be told, and what is empty nothing to put right.
        if (read.explanation === undefined) break
        messages = [...messages, { role: 'assistant', content: text }, correction(read.explanation)]
      }
    }
    throw new CellRejected(fault)
  }
}

function faultOf(finish: 'length' | 'content-filter'): string {
  return finish === 'length' ? 'truncated' : finish
}

function schemaOf({ schema }: PlannedAnswer): Pick<ChatRequest, 'schema'> {
  return schema === undefined ? {} : { schema: schema.json }
}

interface Asking {
  readonly making: RowMaking
  readonly endpoint: ModelEndpoint
  readonly planned: PlannedAnswer
  readonly row: OpenRow
}

async function ask(
  { making, endpoint, planned, row }: Asking,
  { request, attempt }: { readonly request: ChatRequest; readonly attempt: number },
) {
  const question = { endpoint, ask: { kind: 'chat' as const, request }, index: row.index, column: planned.name }
  const { key, answer } = await making.answers.get(question, row.signal)
  if (answer.kind !== 'chat') throw new TypeError('an embedding was kept for a question')
  row.calls.push({
    column: planned.name,
    attempt,
    model: request.model,
    servedModel: answer.servedModel,
    temperature: request.temperature,
    topP: request.topP,
    requestSeed: request.seed,
    request: key,
    answer: sha256Hex(utf8(`${key}\0${answer.text}`)),
    usage: answer.usage,
  })
  return answer
}

/** Parameters of one call: numbers as they stand, distributions drawn once per (column, row, attempt). */
function createDraws(
  model: RecipeModel,
  column: string,
  runSeed: Uint8Array,
): (row: number, attempt: number) => Omit<ChatRequest, 'messages' | 'schema'> {
  const { temperature, topP, endpoint: _endpoint, dimensions: _dimensions, ...fixed } = model
  const said = withoutUndefined(fixed)
  const streams = {
    temperature: randomStream(runSeed, `model:${column}:temperature`),
    topP: randomStream(runSeed, `model:${column}:topP`),
    request: randomStream(runSeed, `request:${column}`),
  }
  return (row, attempt) => ({
    ...said,
    temperature: drawn(temperature, streams.temperature, { row, attempt }),
    topP: drawn(topP, streams.topP, { row, attempt }),
    seed: streams.request.word(row, attempt) >>> 1,
  })
}

type Said<Value> = { [Name in keyof Value]: Exclude<Value[Name], undefined> }

function withoutUndefined<Value extends object>(value: Value): Said<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Said<Value>
}

function drawn(
  parameter: RecipeModel['temperature'],
  stream: CounterRandom,
  { row, attempt }: { row: number; attempt: number },
): number {
  if (typeof parameter === 'number') return parameter
  const unit = stream.unit(row, attempt)
  if ('uniform' in parameter) {
    const [low, high] = parameter.uniform
    return Math.round((low + unit * (high - low)) * 1e6) / 1e6
  }
  const weights = parameter.weights ?? parameter.choose.map(() => 1)
  let left = unit * weights.reduce((sum, weight) => sum + weight, 0)
  const at = weights.findIndex((weight) => (left -= weight) < 0)
  return parameter.choose[at === -1 ? parameter.choose.length - 1 : at] ?? 0
}

function unknownEndpoint(model: string): RunStopped {
  return new RunStopped(
    `model "${model}" has no endpoint on this node`,
    'Add it to endpoints.json, then go on with: tanemaki run resume RUN',
  )
}
