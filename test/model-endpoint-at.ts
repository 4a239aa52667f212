import { createOpenaiEndpoint } from '../node/adapters/model-openai/openai-models.ts'
import { type ChatRequest, ModelFailure } from '../node/ports/models.ts'
import { ModelEndpointEntry, type ModelEndpointInput } from '../schemas/models.ts'

/** A prompt that no error may repeat. */
export const secretPrompt = 'the secret of the seed'

export function modelEndpointAt(url: string, rest: Partial<ModelEndpointInput> = {}, apiKey?: string) {
  const entry = ModelEndpointEntry.parse({ name: 'here', url, ...rest })
  return createOpenaiEndpoint(apiKey === undefined ? { entry } : { entry, apiKey })
}

export function chatRequest(rest: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: 'small',
    messages: [{ role: 'user', content: secretPrompt }],
    temperature: 0.7,
    topP: 0.9,
    maxTokens: 16,
    seed: 7,
    ...rest,
  }
}

/** The failure that the work ends with; anything else fails the test. */
export async function modelFailureOf(work: Promise<unknown>): Promise<ModelFailure> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ModelFailure)) throw new Error('expected a model failure', { cause: error })
  return error
}
