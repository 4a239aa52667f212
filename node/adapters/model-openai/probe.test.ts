import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { chatRequest, modelEndpointAt } from '../../../test/model-endpoint-at.ts'
import {
  completion,
  honestScript,
  sendJson,
  type ScriptedModelServer,
  startScriptedModelServer,
} from '../../../test/scripted-model-server.ts'

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

describe('a probe', () => {
  it('finds out what a model can do and remembers it until it is asked afresh', async () => {
    const endpoint = modelEndpointAt(server.url)
    const abilities = await endpoint.probe('small', never)
    expect(abilities).toEqual({
      reachable: true,
      model: 'small',
      models: ['small'],
      structuredOutput: 'native',
      seed: true,
      logprobs: true,
      embeddings: true,
      context: 4096,
    })
    const questions = server.asked.length
    expect(await endpoint.probe('small', never)).toBe(abilities)
    expect(server.asked).toHaveLength(questions)
    await endpoint.probe('small', never, { fresh: true })
    expect(server.asked).toHaveLength(2 * questions)
  })

  it('does not trust a server that takes a schema and forgets it', async () => {
    server.script = (asked, response) => {
      const { response_format: _, ...body } = asked.body
      honestScript({ ...asked, body }, response)
    }
    const endpoint = modelEndpointAt(server.url)
    expect((await endpoint.probe('small', never)).structuredOutput).toBe('prompted')
    await endpoint.chat(chatRequest({ schema: { type: 'object' } }), never)
    expect(server.asked.at(-1)?.body).not.toHaveProperty('response_format')
  })

  it('finds a server that cannot do a thing beyond answering', async () => {
    let answers = 0
    server.script = ({ path, body }, response) => {
      if (!path.endsWith('/chat/completions')) sendJson(response, {}, path.endsWith('/embeddings') ? 501 : 404)
      else if ('response_format' in body || 'logprobs' in body) sendJson(response, {}, 400)
      else sendJson(response, completion(`answer ${answers++}`))
    }
    expect(await modelEndpointAt(server.url).probe('small', never)).toEqual({
      reachable: true,
      model: 'small',
      models: [],
      structuredOutput: 'prompted',
      seed: false,
      logprobs: false,
      embeddings: false,
      context: 'unknown',
    })
  })

  it('says why it learnt nothing, and asks again the next time', async () => {
    const endpoint = modelEndpointAt(server.url)
    server.script = (_, response) => sendJson(response, {}, 401)
    expect(await endpoint.probe('small', never)).toEqual({
      reachable: true,
      model: 'small',
      models: [],
      structuredOutput: 'unknown',
      seed: 'unknown',
      logprobs: 'unknown',
      embeddings: 'unknown',
      context: 'unknown',
      problem: 'answered 401',
    })
    server.script = honestScript
    expect((await endpoint.probe('small', never)).structuredOutput).toBe('native')
  })

  it('asks the first model that is listed where nobody names one', async () => {
    const endpoint = modelEndpointAt(server.url)
    expect(await endpoint.probe(undefined, never)).toMatchObject({ model: 'small', structuredOutput: 'native' })
    server.script = (_, response) => sendJson(response, { data: [] })
    expect(await endpoint.probe(undefined, never)).toMatchObject({
      reachable: true,
      models: [],
      problem: expect.stringContaining('name one'),
    })
  })

  it('finds nothing where nobody listens', async () => {
    expect(await modelEndpointAt('http://127.0.0.1:1/v1').probe('small', never)).toMatchObject({
      reachable: false,
      problem: 'could not be reached (ECONNREFUSED)',
    })
  })
})
