import { type EndpointAbilities, isLoopbackHost } from '../../../schemas/models.ts'
import {
  type ChatAnswer,
  type ChatRequest,
  type EmbedRequest,
  ModelFailure,
  type ModelEndpoint,
  type Models,
} from '../../ports/models.ts'
import type { ConfiguredEndpoint } from '../endpoints-file/endpoints-file.ts'
import { EndpointConnection } from './endpoint-connection.ts'
import { type ProbeCalls, probeModel } from './probe.ts'
import { readChat, readEmbeddings } from './read-answers.ts'
import { type Body, chatBody, embedBody } from './request-bodies.ts'

const kib = 1024
/** A token is seldom longer than some dozen bytes; JSON may write a byte in six. */
const bytesPerToken = 512
const bytesPerNumber = 32
const mostDimensions = 8192

/** The endpoints behind OpenAI's interface. */
export function createOpenaiModels(configured: readonly ConfiguredEndpoint[]): Models {
  const endpoints = new Map(configured.map((each) => [each.entry.name, createOpenaiEndpoint(each)]))
  return { endpoint: (name) => endpoints.get(name), list: () => [...endpoints.values()] }
}

export function createOpenaiEndpoint(configured: ConfiguredEndpoint): ModelEndpoint {
  const { entry } = configured
  const { name, server, maxConcurrency, requestsPerMinute, tokensPerMinute, price } = entry
  const url = new URL(entry.url)
  const asking = new OpenaiCalls(configured)
  return {
    name,
    server,
    loopback: isLoopbackHost(url.hostname),
    origin: url.origin,
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    ...(price === undefined
      ? {}
      : { price: { input: price.input, output: price.output, currency: price.currency, ...cachedPrice(price) } }),
    chat: (request, signal) => asking.chat(request, signal),
    embed: (request, signal) => asking.embed(request, signal),
    batchChat: (request) => ({
      method: 'POST',
      url: '/v1/chat/completions',
      body: chatBody(entry, request, true),
    }),
    readBatchChat: (request, body) => readChat(body, request.model, entry),
    probe: (model, signal, { fresh = false } = {}) => asking.probe(model, { signal, fresh }),
  }
}

function cachedPrice({ cachedInput }: { cachedInput?: string | undefined }): { cachedInput?: string } {
  return cachedInput === undefined ? {} : { cachedInput }
}

class OpenaiCalls {
  readonly #configured: ConfiguredEndpoint
  readonly #connection: EndpointConnection
  /** Path of the endpoint's base, without a slash at its end. */
  readonly #base: string
  readonly #abilities = new Map<string, EndpointAbilities>()
  /** Schemas that the endpoint took no question with, although it takes others. */
  readonly #refusedSchemas = new WeakSet<object>()

  constructor(configured: ConfiguredEndpoint) {
    const { entry, apiKey } = configured
    this.#configured = configured
    this.#base = new URL(entry.url).pathname.replace(/\/+$/, '')
    this.#connection = new EndpointConnection({
      url: entry.url,
      headers: entry.headers,
      timeoutMs: entry.timeoutSeconds * 1000,
      ...(apiKey === undefined ? {} : { apiKey }),
    })
  }

  async chat(request: ChatRequest, signal: AbortSignal): Promise<ChatAnswer> {
    const { schema } = request
    const native =
      schema !== undefined &&
      this.#abilities.get(request.model)?.structuredOutput === 'native' &&
      !this.#refusedSchemas.has(schema)
    if (!native) return this.#chat(request, signal, { native: false })
    try {
      return await this.#chat(request, signal, { native: true })
    } catch (error) {
      if (!(error instanceof ModelFailure) || error.fault !== 'refused') throw error
      const answer = await this.#chat(request, signal, { native: false })
      this.#refusedSchemas.add(schema)
      return answer
    }
  }

  async embed(request: EmbedRequest, signal: AbortSignal) {
    const numbers = request.texts.length * (request.dimensions ?? mostDimensions)
    const maxBytes = 64 * kib + numbers * bytesPerNumber
    const body = await this.#post('/embeddings', embedBody(request), { maxBytes, signal })
    return readEmbeddings(body, request, this.#configured.entry)
  }

  async probe(
    model: string | undefined,
    { signal, fresh }: { signal: AbortSignal; fresh: boolean },
  ): Promise<EndpointAbilities> {
    const remembered = fresh || model === undefined ? undefined : this.#abilities.get(model)
    if (remembered !== undefined) return remembered
    const abilities = await probeModel(model, this.#probeCalls(signal))
    const { model: asked, structuredOutput, seed, logprobs } = abilities
    // What could not be asked is asked again by the next who wants to know.
    const known = structuredOutput !== 'unknown' && seed !== 'unknown' && logprobs !== 'unknown'
    if (asked !== undefined && known) {
      this.#abilities.set(asked, abilities)
    }
    return abilities
  }

  async #chat(request: ChatRequest, signal: AbortSignal, { native }: { native: boolean }): Promise<ChatAnswer> {
    const body = await this.#postChat(request, chatBody(this.#configured.entry, request, native), signal)
    return readChat(body, request.model, this.#configured.entry)
  }

  #postChat({ maxTokens }: ChatRequest, body: Body, signal: AbortSignal): Promise<unknown> {
    return this.#post('/chat/completions', body, { maxBytes: 64 * kib + maxTokens * bytesPerToken, signal })
  }

  #post(path: string, body: Body, rest: { maxBytes: number; signal: AbortSignal }): Promise<unknown> {
    return this.#connection.ask({ method: 'POST', path: this.#base + path, body: JSON.stringify(body), ...rest })
  }

  #probeCalls(signal: AbortSignal): ProbeCalls {
    const { entry } = this.#configured
    const read = { method: 'GET', maxBytes: 4096 * kib, signal } as const
    return {
      server: entry.server,
      models: () => this.#connection.ask({ ...read, path: `${this.#base}/models` }),
      properties: () => this.#connection.ask({ ...read, path: `${this.#base.replace(/\/v1$/, '')}/props` }),
      chat: async (request, { native = false }) => (await this.#chat(request, signal, { native })).text,
      logprobs: (request) => {
        const body = { ...chatBody(entry, request, false), logprobs: true, top_logprobs: 1 }
        return this.#postChat({ ...request, maxTokens: 512 }, body, signal)
      },
      embed: async (model) => void (await this.embed({ model, texts: ['a'] }, signal)),
    }
  }
}
