import type { ModelEndpointEntry, ModelServer } from '../../../schemas/models.ts'
import type { ChatRequest, EmbedRequest } from '../../ports/models.ts'

export type Body = Readonly<Record<string, unknown>>

/**
 * Parameters beyond OpenAI's interface, so that a recipe gives the same on every server. Neutral values are sent too: vLLM else takes
 * those of the model's generation_config.json, llama.cpp else cuts by rank 40 and probability 0.05. Ollama takes none of them here.
 * Sources: vLLM, OpenAI-Compatible Server, "extra parameters"; llama.cpp, tools/server/README.md.
 */
const beyondOpenai: Readonly<Record<ModelServer, (request: ChatRequest) => Body>> = {
  vllm: ({ topK = -1, minP = 0 }) => ({ top_k: topK, min_p: minP, repetition_penalty: 1 }),
  'llama.cpp': ({ topK = 0, minP = 0 }) => ({ top_k: topK, min_p: minP, typical_p: 1, repeat_penalty: 1 }),
  openai: onlyWhatWasAsked,
  ollama: onlyWhatWasAsked,
}

function onlyWhatWasAsked({ topK, minP }: ChatRequest): Body {
  return { ...(topK === undefined ? {} : { top_k: topK }), ...(minP === undefined ? {} : { min_p: minP }) }
}

export function chatBody(
  { server, tokenLimit }: Pick<ModelEndpointEntry, 'server' | 'tokenLimit'>,
  request: ChatRequest,
  native: boolean,
): Body {
  const { schema, stop } = request
  return {
    model: request.model,
    messages: request.messages,
    temperature: request.temperature,
    top_p: request.topP,
    presence_penalty: request.presencePenalty ?? 0,
    frequency_penalty: request.frequencyPenalty ?? 0,
    ...beyondOpenai[server](request),
    [tokenLimit]: request.maxTokens,
    seed: request.seed,
    stream: false,
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
    ...(schema !== undefined && native
      ? { response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } } }
      : {}),
  }
}

export function embedBody({ model, texts, dimensions }: EmbedRequest): Body {
  return { model, input: texts, encoding_format: 'float', ...(dimensions === undefined ? {} : { dimensions }) }
}
