import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ModelEndpointInput } from '../../../schemas/models.ts'
import { modelEndpointContract } from '../../../test/contract/model-endpoint.ts'
import { chatRequest, modelEndpointAt, modelFailureOf } from '../../../test/model-endpoint-at.ts'
import {
  completion,
  honestScript,
  type ModelScript,
  sendJson,
  type ScriptedModelServer,
  startScriptedModelServer,
} from '../../../test/scripted-model-server.ts'
import type { ChatRequest } from '../../ports/models.ts'

const never = new AbortController().signal
let server: ScriptedModelServer

beforeAll(async () => {
  server = await startScriptedModelServer()
})
beforeEach(() => {
  server.script = honestScript
  server.asked.length = 0
})
afterAll(() => server[Symbol.asyncDispose]())

describe('an honest server', () => {
  modelEndpointContract(() => ({ endpoint: modelEndpointAt(server.url), model: 'small' }))
})

describe('what is sent to a model', () => {
  const sent = async (rest: Partial<ModelEndpointInput>, request: Partial<ChatRequest> = {}) => {
    await modelEndpointAt(server.url, rest).chat(chatRequest(request), never)
    const { messages: _, model: __, stream: ___, ...body } = server.asked[0]?.body ?? {}
    return body
  }
  const always = { temperature: 0.7, top_p: 0.9, presence_penalty: 0, frequency_penalty: 0, max_tokens: 16, seed: 7 }

  it.each([
    ['openai', always],
    ['vllm', { ...always, top_k: -1, min_p: 0, repetition_penalty: 1 }],
    ['llama.cpp', { ...always, top_k: 0, min_p: 0, typical_p: 1, repeat_penalty: 1 }],
    ['ollama', always],
  ] as const)('leaves no parameter to a default of %s', async (kind, body) => {
    expect(await sent({ server: kind })).toEqual(body)
  })

  it('holds what the recipe asks for, under the name that the model takes', async () => {
    const asked = { topK: 5, minP: 0.1, presencePenalty: 1, frequencyPenalty: -1, stop: ['\n'] }
    const { max_tokens: _, ...rest } = always
    expect(await sent({ tokenLimit: 'max_completion_tokens' }, asked)).toEqual({
      ...rest,
      max_completion_tokens: 16,
      top_k: 5,
      min_p: 0.1,
      presence_penalty: 1,
      frequency_penalty: -1,
      stop: ['\n'],
    })
  })

  it('carries the key and the headers of the endpoint', async () => {
    await modelEndpointAt(server.url, { headers: { 'x-team': 'seeds' } }, 'the-key').chat(chatRequest(), never)
    expect(server.asked[0]?.headers).toMatchObject({ authorization: 'Bearer the-key', 'x-team': 'seeds' })
  })

  it('goes over connections that stay open', async () => {
    const endpoint = modelEndpointAt(server.url)
    await endpoint.chat(chatRequest(), never)
    const before = server.connections()
    for (let call = 0; call < 5; call++) await endpoint.chat(chatRequest(), never)
    expect(server.connections()).toBe(before)
  })

  it('is a line of a batch file too, whose result reads as the same answer', async () => {
    const endpoint = modelEndpointAt(server.url)
    const answer = await endpoint.chat(chatRequest(), never)
    const { url, body } = endpoint.batchChat(chatRequest())
    expect([url, body]).toEqual(['/v1/chat/completions', server.asked[0]?.body])
    expect(endpoint.readBatchChat(chatRequest(), completion('seed 7')).text).toBe(answer.text)
  })
})

describe('vectors of texts', () => {
  const embedding = { model: 'small', texts: ['a', 'bcd'] }

  it('come in the order of the texts', async () => {
    const answer = await modelEndpointAt(server.url).embed(embedding, never)
    expect(answer.vectors).toEqual([Float32Array.of(1, 1, 0), Float32Array.of(3, 1, 0)])
    expect(answer.usage).toEqual({ inputTokens: 2, cachedInputTokens: 0, outputTokens: 0 })
  })

  const vectorsOf = (data: unknown): ModelScript => {
    return (_, response) => sendJson(response, { model: 'small', data, usage: { prompt_tokens: 2 } })
  }
  it.each([
    ['one too few', [{ index: 0, embedding: [1] }]],
    [
      'one twice',
      [
        { index: 0, embedding: [1] },
        { index: 0, embedding: [1] },
      ],
    ],
    ['one too many', [0, 1, 2].map((index) => ({ index, embedding: [1] }))],
    [
      'two lengths',
      [
        { index: 0, embedding: [1] },
        { index: 1, embedding: [1, 2] },
      ],
    ],
    [
      'a value too large',
      [
        { index: 0, embedding: [1e300] },
        { index: 1, embedding: [1] },
      ],
    ],
    [
      'texts',
      [
        { index: 0, embedding: ['x'] },
        { index: 1, embedding: ['y'] },
      ],
    ],
  ])('are refused as a lie with %s', async (_, data) => {
    server.script = vectorsOf(data)
    expect((await modelFailureOf(modelEndpointAt(server.url).embed(embedding, never))).fault).toBe('lying')
  })

  it('are refused as a lie when they are longer than was asked', async () => {
    expect(
      (await modelFailureOf(modelEndpointAt(server.url).embed({ ...embedding, dimensions: 2 }, never))).fault,
    ).toBe('lying')
  })
})

describe('a schema', () => {
  const picky = { type: 'object', properties: { word: { pattern: '(?<!a)b' } } }
  const refusing: ModelScript = (asked, response) => {
    if (JSON.stringify(asked.body).includes('pattern')) sendJson(response, {}, 400)
    else honestScript(asked, response)
  }

  it('that the server does not take is left to the prompt from then on', async () => {
    const endpoint = modelEndpointAt(server.url)
    await endpoint.probe('small', never)
    server.script = refusing
    server.asked.length = 0
    for (let call = 0; call < 2; call++) await endpoint.chat(chatRequest({ schema: picky }), never)
    expect(server.asked.map(({ body }) => 'response_format' in body)).toEqual([true, false, false])
  })
})
