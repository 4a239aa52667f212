import * as z from 'zod'
import type { ModelEndpointEntry } from '../../../schemas/models.ts'
import { type ChatAnswer, type EmbedAnswer, type EmbedRequest, ModelFailure } from '../../ports/models.ts'

const Count = z.int().min(0)
const Cached = z.object({ cached_tokens: Count.nullish() }).nullish()
const UsageBody = z.object({
  prompt_tokens: Count,
  completion_tokens: Count.default(0),
  prompt_tokens_details: Cached,
})

const ChatBody = z.object({
  model: z.string(),
  choices: z
    .array(z.object({ message: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() }))
    .min(1),
  usage: UsageBody,
})

const EmbedBody = z.object({
  model: z.string(),
  data: z.array(z.object({ index: z.int(), embedding: z.array(z.number()).min(1) })),
  usage: UsageBody,
})

const finishes: Readonly<Record<string, ChatAnswer['finish']>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content-filter',
}

type Aliases = Pick<ModelEndpointEntry, 'servedAs'>

/** Throws ModelFailure `lying` for everything that is not an answer of the model that was asked. */
export function readChat(body: unknown, asked: string, { servedAs }: Aliases): ChatAnswer {
  const { model, choices, usage } = parsed(ChatBody, body)
  checkModel({ asked, served: model, servedAs })
  const [choice] = choices
  const finish = finishes[choice?.finish_reason ?? '']
  if (finish === undefined) throw lying('an answer ended in a way that no text answer ends')
  const text = choice?.message.content ?? ''
  if (text === '' && finish === 'stop') throw lying('an answer had no content')
  if (!text.isWellFormed()) throw lying('an answer held half a character')
  return { text, finish, servedModel: model, usage: readUsage(usage) }
}

/** Throws ModelFailure `lying`. */
export function readEmbeddings(body: unknown, request: EmbedRequest, { servedAs }: Aliases): EmbedAnswer {
  const { model, data, usage } = parsed(EmbedBody, body)
  checkModel({ asked: request.model, served: model, servedAs })
  const byIndex = new Map(data.map(({ index, embedding }) => [index, Float32Array.from(embedding)]))
  const vectors = request.texts.flatMap((_, index) => byIndex.get(index) ?? [])
  const lengths = new Set(vectors.map(({ length }) => length))
  if (vectors.length !== request.texts.length || data.length !== vectors.length) {
    throw lying('there was not one vector for each text')
  }
  if (lengths.size > 1 || (request.dimensions !== undefined && !lengths.has(request.dimensions))) {
    throw lying('vectors had other lengths than they were asked for')
  }
  if (vectors.some((vector) => !vector.every(Number.isFinite))) throw lying('a vector held a value that is no number')
  return { vectors, servedModel: model, usage: readUsage(usage) }
}

function readUsage(usage: z.infer<typeof UsageBody>) {
  const inputTokens = usage.prompt_tokens
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0
  return {
    inputTokens,
    cachedInputTokens: Math.min(cached, inputTokens),
    outputTokens: usage.completion_tokens,
  }
}

function checkModel({ asked, served, servedAs }: { asked: string; served: string } & Aliases): void {
  if (served !== asked && servedAs[asked]?.includes(served) !== true) {
    throw lying('another model answered than the one asked; servedAs in endpoints.json can allow its name')
  }
}

function parsed<Shape extends z.ZodType>(schema: Shape, body: unknown): z.infer<Shape> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  // Only names of the schema, never those of the answer: a record's keys could be a prompt's words.
  const place = result.error.issues[0]?.path.filter((step) => typeof step === 'string').join('.') ?? ''
  throw lying(place === '' ? 'an answer was not of the expected form' : `an answer had no proper ${place}`)
}

const lying = (what: string) => new ModelFailure('lying', what)
