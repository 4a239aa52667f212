/** One message of a conversation with a chat model. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** A question to a chat model with every parameter that decides its answer; nothing is left to a server's default. */
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
  /** JSON Schema that the answer must keep; the endpoint is told natively where its probe says that it can. */
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

/** `text` is exactly what the model said. */
export interface ChatAnswer {
  readonly text: string
  /** `length`: cut by maxTokens. */
  readonly finish: 'stop' | 'length' | 'content-filter'
  /** Name of the model as the endpoint gave it. */
  readonly servedModel: string
  readonly usage: Usage
}

export interface EmbedAnswer {
  readonly vectors: readonly Float32Array[]
  readonly usage: Usage
}

/**
 * Why there is no answer. `busy`: 429, 503 or 529, the call is to be repeated later and never counts against the row.
 * `unreachable`, `timeout`, `server`: worth repeating a few times. `lying`: not what the protocol says (HTML, broken JSON, no
 * content, another model). `refused`: 400 and the like, repeating is useless. `credit`: 401, 402, 403: nobody may go on.
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

/** What an endpoint can do, found out by asking it. `unknown`: it could not be asked. */
export interface EndpointAbilities {
  readonly reachable: boolean
  readonly models: readonly string[]
  readonly structuredOutput: 'native' | 'prompted' | 'unknown'
  /** The same seed gives the same answer twice. */
  readonly seed: boolean | 'unknown'
  readonly logprobs: boolean | 'unknown'
  readonly embeddings: boolean | 'unknown'
  /** In tokens. */
  readonly context: number | 'unknown'
}

/** An endpoint of the node's own list. */
export interface ModelEndpoint {
  readonly name: string
  /** Its address is on this machine. */
  readonly loopback: boolean
  /** Address without path, for records and manifests. */
  readonly origin: string
  /** Most requests at the same time; absent: found out. */
  readonly maxConcurrency?: number
  /** Money per million tokens, as decimals. */
  readonly price?: {
    readonly input: string
    readonly cachedInput?: string
    readonly output: string
    readonly currency: string
  }
  /** Throws ModelFailure. */
  chat(request: ChatRequest, signal: AbortSignal): Promise<ChatAnswer>
  /** Throws ModelFailure. */
  embed(request: EmbedRequest, signal: AbortSignal): Promise<EmbedAnswer>
  /** Asks a few small questions without any content of the node. */
  probe(model: string, signal: AbortSignal): Promise<EndpointAbilities>
}

/** Language models that this node may ask. */
export interface Models {
  endpoint(name: string): ModelEndpoint | undefined
  list(): readonly ModelEndpoint[]
}
