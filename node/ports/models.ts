import type { EndpointAbilities, ModelServer } from '../../schemas/models.ts'

/** One message of a conversation with a chat model. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/**
 * A question to a chat model with every parameter that decides its answer; nothing is left to a server's default. What is absent is
 * sent as its neutral value where the server has one (no cut by rank or probability, no penalty).
 */
export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly temperature: number
  readonly topP: number
  readonly topK?: number
  readonly minP?: number
  readonly presencePenalty?: number
  readonly frequencyPenalty?: number
  readonly maxTokens: number
  readonly stop?: readonly string[]
  /** 31-bit request seed. */
  readonly seed: number
  /**
   * JSON Schema that the answer must keep. The endpoint is told of it only after a probe of this model said `native`; the prompt has
   * to say it in any case.
   */
  readonly schema?: Readonly<Record<string, unknown>>
}

export interface EmbedRequest {
  readonly model: string
  readonly texts: readonly string[]
  readonly dimensions?: number
}

export interface Usage {
  readonly inputTokens: number
  /** Part of the input that the endpoint had cached. */
  readonly cachedInputTokens: number
  readonly outputTokens: number
}

/** `text` is exactly what the model said; empty only where it was cut before it said anything. */
export interface ChatAnswer {
  readonly text: string
  /** `length`: cut by maxTokens. */
  readonly finish: 'stop' | 'length' | 'content-filter'
  /** Name of the model as the endpoint gave it. */
  readonly servedModel: string
  readonly usage: Usage
}

/** One vector per text, in their order. */
export interface EmbedAnswer {
  readonly vectors: readonly Float32Array[]
  readonly servedModel: string
  readonly usage: Usage
}

/**
 * Why there is no answer. `busy`: 429, 503 or 529, the call is to be repeated later and never counts against the row.
 * `unreachable`, `timeout`, `server`: worth repeating a few times. `lying`: not what the protocol says (HTML, broken JSON, no
 * content, no usage, another model). `refused`: 400 and the like, repeating is useless. `credit`: 401, 402, 403, or a 429 that says
 * so: nobody may go on.
 */
export type ModelFault = 'busy' | 'unreachable' | 'timeout' | 'server' | 'lying' | 'refused' | 'credit'

/** `message` never holds a part of the prompt or of the answer: endpoints echo both. */
export class ModelFailure extends Error {
  readonly fault: ModelFault
  /** From Retry-After. */
  readonly retryAfterMs?: number
  constructor(fault: ModelFault, message: string, retryAfterMs?: number) {
    super(message)
    this.name = 'ModelFailure'
    this.fault = fault
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
  }
}

/** A request as it stands in a line of an OpenAI batch file, without its `custom_id`. */
export interface BatchRequest {
  readonly method: 'POST'
  readonly url: '/v1/chat/completions' | '/v1/embeddings'
  readonly body: Readonly<Record<string, unknown>>
}

/** An endpoint of the node's own list. */
export interface ModelEndpoint {
  readonly name: string
  /** Its address is on this machine. */
  readonly loopback: boolean
  /** Address without path, for records and manifests. */
  readonly origin: string
  /** Decides which parameters are sent, so it is a part of what an answer depends on. */
  readonly server: ModelServer
  /** Most requests at the same time; absent: found out. */
  readonly maxConcurrency?: number
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  /** Money per million tokens, as decimals. */
  readonly price?: {
    readonly input: string
    readonly cachedInput?: string
    readonly output: string
    readonly currency: string
  }
  /** Throws ModelFailure; the signal's reason when it was aborted. A call is tried once, retries are the caller's. */
  chat(request: ChatRequest, signal: AbortSignal): Promise<ChatAnswer>
  /** As chat. */
  embed(request: EmbedRequest, signal: AbortSignal): Promise<EmbedAnswer>
  /** What `chat` would send, for a file that another machine works off. */
  batchChat(request: ChatRequest): BatchRequest
  /** Reads the `response.body` of a batch result as the answer to `request`. Throws ModelFailure. */
  readBatchChat(request: ChatRequest, body: unknown): ChatAnswer
  /**
   * Asks a few small questions without any content of the node; `undefined`: to the first model that the endpoint lists. Answers are
   * remembered per model while the node runs; `fresh` asks again. Never throws but for the signal: what went wrong stands in `problem`.
   */
  probe(
    model: string | undefined,
    signal: AbortSignal,
    options?: { readonly fresh?: boolean },
  ): Promise<EndpointAbilities>
}

/** Language models that this node may ask. */
export interface Models {
  endpoint(name: string): ModelEndpoint | undefined
  list(): readonly ModelEndpoint[]
}
