import { describe, expect, it } from 'vitest'
import type { ChatRequest, ModelEndpoint } from '../../node/ports/models.ts'

export interface EndpointUnderTest {
  readonly endpoint: ModelEndpoint
  readonly model: string
}

const never = new AbortController().signal

function asking(model: string, rest: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model,
    messages: [{ role: 'user', content: 'What is the capital of Japan?' }],
    temperature: 0,
    topP: 1,
    maxTokens: 16,
    seed: 7,
    ...rest,
  }
}

const citySchema = {
  type: 'object',
  properties: { city: { type: 'string', enum: ['Tokyo', 'Osaka'] } },
  required: ['city'],
  additionalProperties: false,
}

/** What every endpoint behind the port must do that serves one model and keeps JSON Schemas. */
export function modelEndpointContract(open: () => EndpointUnderTest): void {
  describe('an endpoint of language models', () => {
    it('answers a question with text, the model that said it, and tokens to account for', async () => {
      const { endpoint, model } = open()
      const answer = await endpoint.chat(asking(model), never)
      expect(answer.text.length).toBeGreaterThan(0)
      expect(answer.servedModel.length).toBeGreaterThan(0)
      expect(answer.usage.inputTokens).toBeGreaterThan(0)
      expect(answer.usage.outputTokens).toBeGreaterThan(0)
      expect(answer.usage.cachedInputTokens).toBeLessThanOrEqual(answer.usage.inputTokens)
    })

    it('says when an answer was cut', async () => {
      const { endpoint, model } = open()
      expect((await endpoint.chat(asking(model, { maxTokens: 1 }), never)).finish).toBe('length')
    })

    it('gives the same answer for the same seed', async () => {
      const { endpoint, model } = open()
      const warm = asking(model, { temperature: 1, seed: 123_456 })
      const [first, second] = [await endpoint.chat(warm, never), await endpoint.chat(warm, never)]
      expect(first.text).toBe(second.text)
    })

    it('keeps a schema after its probe has said that it can', async () => {
      const { endpoint, model } = open()
      expect(await endpoint.probe(model, never)).toMatchObject({
        reachable: true,
        structuredOutput: 'native',
        seed: true,
        logprobs: true,
        context: 4096,
      })
      const answer = await endpoint.chat(asking(model, { schema: citySchema, maxTokens: 96 }), never)
      expect(['Tokyo', 'Osaka']).toContain((JSON.parse(answer.text) as { city: string }).city)
    })

    it('ends a call that nobody waits for any more with the reason given', async () => {
      const { endpoint, model } = open()
      const reason = new Error('the run was cancelled')
      await expect(endpoint.chat(asking(model), AbortSignal.abort(reason))).rejects.toBe(reason)
      const controller = new AbortController()
      const call = endpoint.chat(asking(model, { maxTokens: 64 }), controller.signal)
      controller.abort(reason)
      await expect(call).rejects.toBe(reason)
    })
  })
}
