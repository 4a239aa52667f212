import * as z from 'zod'
import type { EndpointAbilities, ModelServer } from '../../../schemas/models.ts'
import { type ChatRequest, ModelFailure } from '../../ports/models.ts'

/** How the questions of a probe are sent. All throw ModelFailure. */
export interface ProbeCalls {
  readonly server: ModelServer
  /** Body of `GET /models`. */
  models(): Promise<unknown>
  /** What llama.cpp's server says of itself. */
  properties(): Promise<unknown>
  /** Text of the answer. */
  chat(request: ChatRequest, extra: { readonly native?: boolean }): Promise<string>
  /** Body of an answer that was asked for log-probabilities. */
  logprobs(request: ChatRequest): Promise<unknown>
  embed(model: string): Promise<void>
}

const Listed = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      max_model_len: z.int().min(1).nullish(),
      context_length: z.int().min(1).nullish(),
      meta: z.object({ n_ctx: z.int().min(1).nullish() }).nullish(),
    }),
  ),
})
const Properties = z.object({ default_generation_settings: z.object({ n_ctx: z.int().min(1) }) })
const WithLogprobs = z.object({
  choices: z
    .array(z.object({ logprobs: z.object({ content: z.array(z.object({ logprob: z.number() })).min(1) }) }))
    .min(1),
})

/** An answer that no model gives unless it is bound to the schema. */
const boundWord = 'k7-lantern-0429'
const boundSchema = {
  type: 'object',
  properties: { word: { type: 'string', enum: [boundWord] } },
  required: ['word'],
  additionalProperties: false,
}

function question(model: string, text: string): ChatRequest {
  return {
    model,
    messages: [{ role: 'user', content: text }],
    temperature: 1,
    topP: 1,
    maxTokens: 24,
    seed: 20_011,
  }
}

/** Asks what a model of an endpoint can do. What could not be asked stays `unknown`, with the reason in `problem`. */
export async function probeModel(asked: string | undefined, calls: ProbeCalls): Promise<EndpointAbilities> {
  const listed = await attempt(async () => Listed.safeParse(await calls.models()))
  const entries = listed.value?.success === true ? listed.value.data.data : []
  const model = asked ?? entries[0]?.id
  if (model === undefined) return { ...nothingKnown, reachable: answered(listed), models: [], problem: noModel(listed) }
  const said = await attempt(() => calls.chat(question(model, 'Name a colour.'), {}))
  const embeddings = await able(() => calls.embed(model))
  const base = {
    model,
    reachable: answered(listed) || answered(said),
    models: entries.map(({ id }) => id).slice(0, 1000),
    embeddings,
    context: await contextOf(model, entries, calls),
  }
  if (said.value === undefined) {
    const problem = said.failure?.message ?? 'gave no answer'
    return { ...nothingKnown, ...base, problem }
  }
  const again = await attempt(() => calls.chat(question(model, 'Name a colour.'), {}))
  return {
    ...base,
    seed: again.value === undefined ? 'unknown' : again.value === said.value,
    structuredOutput: await structuredOutputOf(model, calls),
    logprobs: await able(async () => {
      const body = await calls.logprobs(question(model, 'Name a colour.'))
      if (!WithLogprobs.safeParse(body).success) throw new ModelFailure('refused', 'gave no log-probabilities')
    }),
  }
}

const nothingKnown = {
  structuredOutput: 'unknown',
  seed: 'unknown',
  logprobs: 'unknown',
  embeddings: 'unknown',
  context: 'unknown',
} as const

function noModel({ failure }: Attempt<unknown>): string {
  return failure?.message ?? 'lists no model that could be asked; name one'
}

interface Attempt<Value> {
  readonly value?: Value
  readonly failure?: ModelFailure
}

async function attempt<Value>(ask: () => Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { value: await ask() }
  } catch (failure) {
    if (failure instanceof ModelFailure) return { failure }
    throw failure
  }
}

/** Whether anything that speaks HTTP was there. */
function answered({ failure }: Attempt<unknown>): boolean {
  return failure === undefined || (failure.fault !== 'unreachable' && failure.fault !== 'timeout')
}

/** No where the endpoint says no; unknown where it was busy or out of reach. */
async function able(ask: () => Promise<void>): Promise<boolean | 'unknown'> {
  const { failure } = await attempt(ask)
  if (failure === undefined) return true
  return ['busy', 'unreachable', 'timeout', 'credit'].includes(failure.fault) ? 'unknown' : false
}

async function structuredOutputOf(model: string, calls: ProbeCalls): Promise<EndpointAbilities['structuredOutput']> {
  const request = { ...question(model, 'Say any word you like.'), temperature: 0, maxTokens: 96, schema: boundSchema }
  const { value, failure } = await attempt(() => calls.chat(request, { native: true }))
  if (value === undefined) {
    return failure !== undefined && ['busy', 'unreachable', 'timeout', 'credit'].includes(failure.fault)
      ? 'unknown'
      : 'prompted'
  }
  return kept(value) ? 'native' : 'prompted'
}

function kept(text: string): boolean {
  try {
    return z.strictObject({ word: z.literal(boundWord) }).safeParse(JSON.parse(text)).success
  } catch {
    return false
  }
}

async function contextOf(
  model: string,
  entries: z.infer<typeof Listed>['data'],
  calls: ProbeCalls,
): Promise<EndpointAbilities['context']> {
  // llama.cpp lists its one model under an alias and answers to any name.
  const entry = entries.find(({ id }) => id === model) ?? (entries.length === 1 ? entries[0] : undefined)
  if (calls.server === 'llama.cpp') {
    const properties = await attempt(async () => Properties.safeParse(await calls.properties()))
    if (properties.value?.success === true) return properties.value.data.default_generation_settings.n_ctx
  }
  return entry?.max_model_len ?? entry?.context_length ?? entry?.meta?.n_ctx ?? 'unknown'
}
