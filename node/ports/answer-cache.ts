import type { EndpointAbilities, ModelServer } from '../../schemas/models.ts'
import type { ChatAnswer, ChatRequest, EmbedAnswer, EmbedRequest } from './models.ts'

/** Everything that an answer of a model depends on, as far as a node can know it. Addresses and names of endpoints do not count. */
export interface AskedChat {
  readonly kind: 'chat'
  readonly request: ChatRequest
  readonly server: ModelServer
  /** How the endpoint is told of the request's schema, by its probe. */
  readonly structuredOutput: EndpointAbilities['structuredOutput']
}

export interface AskedEmbedding {
  readonly kind: 'embedding'
  readonly request: EmbedRequest
  readonly server: ModelServer
}

export type Asked = AskedChat | AskedEmbedding

/** `paidBy`: the run that asked for it, and whose spending it counts for. */
export type CachedAnswer = { readonly paidBy: string } & (
  | ({ readonly kind: 'chat' } & ChatAnswer)
  | ({ readonly kind: 'embedding' } & EmbedAnswer)
)

/**
 * Answers of models by what was asked: what a run has paid for and never asks again. Keys and values tell nothing to someone who has
 * the file without the node key, not even whether a guessed question was asked.
 */
export interface AnswerCache {
  /** 64 hexadecimal characters; the same for the same question on this node, and on no other. */
  keyOf(asked: Asked): string
  /** Those of the keys that have an answer. One that cannot be read any more counts as absent. */
  get(keys: readonly string[]): Promise<ReadonlyMap<string, CachedAnswer>>
  /**
   * Resolves when the answer survives a crash and a power cut. `scope`: ids of every seed set whose content the question could hold.
   * An answer that is already there stays as it is and belongs to both scopes.
   * Throws Refused `disk-full`.
   */
  put(scope: readonly string[], key: string, answer: CachedAnswer): Promise<void>
  /** Removes, beyond recovery from the file, every answer whose question could hold content of the seed set; how many. */
  removeScope(seedSetId: string): Promise<number>
  /** Makes durable what was put before. */
  close(): Promise<void>
}
