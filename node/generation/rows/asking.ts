import { sha256Hex, utf8 } from '../../../protocol/canonical/hash.ts'
import { CORRECTIONS, RESTARTS, TURNS } from '../../../protocol/generation/rows/attempts.ts'
import { canonicalBytes } from '../../../protocol/canonical/jcs.ts'
import { callParameters } from '../../../protocol/generation/rows/call-parameters.ts'
import { randomStream } from '../../../protocol/generation/rows/counter-random.ts'
import { correctionMessages, promptMessages } from '../../../protocol/generation/rows/prompts.ts'
import { readAnswer } from '../../../protocol/generation/rows/read-answer.ts'
import type { PlannedAnswer } from '../../../protocol/generation/rows/row-plan.ts'
import type { CellValue } from '../../../schemas/row-columns.ts'
import type { RecipeModel } from '../../../schemas/row-recipe.ts'
import type { ChatAnswer, ChatMessage, ChatRequest, ModelEndpoint } from '../../ports/models.ts'
import type { OpenRow, RowMaking } from './make-row.ts'
import { CellRejected, RunStopped } from './run-stopped.ts'

/** Asks a column's model for one cell until an answer can be read. Rejects CellRejected with what was wrong with the last one. */
export type Asker = (row: OpenRow) => Promise<CellValue>

export function createAsker(planned: PlannedAnswer, making: RowMaking): Asker {
  const { recipe } = making.plan
  const model = recipe.models[planned.column.model]
  const endpoint = model && making.models.endpoint(model.endpoint)
  if (model === undefined || endpoint === undefined) throw unknownEndpoint(planned.column.model)
  const parameters = createParameters(model, planned.name, making.runSeed)
  const schema = planned.schema === undefined ? {} : { schema: planned.schema.json }
  return async (row) => {
    const opening = promptMessages(planned, row.cells, recipe.language)
    let fault = 'empty'
    for (let restart = 0; restart <= RESTARTS; restart += 1) {
      let messages: readonly ChatMessage[] = opening
      for (let turn = 0; turn <= CORRECTIONS; turn += 1) {
        const attempt = restart * TURNS + turn
        const request = { ...parameters(row.index, attempt), messages, ...schema }
        const { text, finish } = await ask({ making, endpoint, planned, row }, { request, attempt })
        if (finish !== 'stop') {
          // What was cut has nothing wrong that could be told.
          fault = finish === 'length' ? 'truncated' : finish
          break
        }
        const reading = readAnswer(planned, text)
        if ('value' in reading) return reading.value
        fault = reading.fault
        if (fault === 'empty') break
        messages = correctionMessages(messages, { answer: text, problem: reading.problem }, recipe.language)
      }
    }
    throw new CellRejected(fault)
  }
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
): Promise<ChatAnswer> {
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
    prompt: sha256Hex(canonicalBytes(request.messages)),
    answer: sha256Hex(utf8(`${key}\0${answer.text}`)),
    usage: answer.usage,
  })
  return answer
}

/** All parameters of a call but what is asked: those of the recipe, and a request seed of its own for each attempt. */
function createParameters(
  model: RecipeModel,
  column: string,
  runSeed: Uint8Array,
): (row: number, attempt: number) => Omit<ChatRequest, 'messages' | 'schema'> {
  const { temperature: _t, topP: _p, endpoint: _e, dimensions: _d, ...fixed } = model
  const said = withoutUndefined(fixed)
  const seeds = randomStream(runSeed, `request:${column}`)
  return (row, attempt) => ({
    ...said,
    ...callParameters(model, runSeed, { column, row }),
    seed: seeds.word(row, attempt) >>> 1,
  })
}

type Said<Value> = { [Name in keyof Value]: Exclude<Value[Name], undefined> }

function withoutUndefined<Value extends object>(value: Value): Said<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Said<Value>
}

function unknownEndpoint(model: string): RunStopped {
  return new RunStopped(
    `model "${model}" has no endpoint on this node`,
    'Add it to endpoints.json, then go on with: tanemaki run resume RUN',
  )
}
