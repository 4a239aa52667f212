import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { chatRequest, modelEndpointAt, modelFailureOf, secretPrompt } from '../../../test/model-endpoint-at.ts'
import {
  honestScript,
  completion,
  type ModelScript,
  sendJson,
  type ScriptedModelServer,
  startScriptedModelServer,
} from '../../../test/scripted-model-server.ts'

const never = new AbortController().signal
const echo = 'what the model said'
let server: ScriptedModelServer

beforeAll(async () => {
  server = await startScriptedModelServer()
})
beforeEach(() => {
  server.script = honestScript
  server.asked.length = 0
})
afterAll(() => server[Symbol.asyncDispose]())

describe('a server that lies', () => {
  const saying = (value: unknown): ModelScript => {
    return (_, response) => sendJson(response, value)
  }
  const raw = (text: string | Buffer, type = 'application/json', status = 200): ModelScript => {
    return (_, response) => response.writeHead(status, { 'content-type': type }).end(text)
  }
  const finishing = (finish: unknown, content: string | null = echo) =>
    saying(completion(null, { choices: [{ message: { content }, finish_reason: finish }] }))

  it.each<[string, ModelScript, RegExp]>([
    ['a web page', raw(`<html>${echo}</html>`, 'text/html'), /web page/],
    ['broken JSON', raw(`{"choices": ["${echo}`), /no JSON/],
    ['bytes that are no UTF-8', raw(Buffer.from([0x22, 0xff, 0xfe, 0x22])), /no JSON/],
    ['nothing', raw(''), /no JSON/],
    ['no content', saying(completion('')), /no content/],
    ['null as content', saying(completion(null)), /no content/],
    ['half a character', saying(completion(`${echo} \ud83c`)), /half a character/],
    ['no choice', saying(completion(echo, { choices: [] })), /choices/],
    ['a list', saying([completion(echo)]), /form/],
    ['another model', saying(completion(echo, { model: 'cheaper' })), /another model/],
    ['no model', saying(completion(echo, { model: undefined })), /model/],
    ['no usage', saying(completion(echo, { usage: null })), /usage/],
    ['fewer than no tokens', saying(completion(echo, { usage: { prompt_tokens: -5 } })), /usage/],
    ['a tool call', finishing('tool_calls'), /ended/],
    ['no end', finishing(null), /ended/],
    ['an error that pretends to be an answer', saying({ error: { message: echo } }), /200 with an error/],
    ['more than it was asked for', saying(completion(echo.repeat(10_000))), /more than/],
    [
      'a redirect',
      (_, response) => void response.writeHead(302, { location: 'https://elsewhere.example/' }).end(),
      /302/,
    ],
    ['no status of success', raw('{}', 'application/json', 204), /204/],
  ])('is found out when it answers %s, and is not quoted', async (_, script, message) => {
    server.script = script
    const failure = await modelFailureOf(modelEndpointAt(server.url).chat(chatRequest(), never))
    expect(failure.fault).toBe('lying')
    expect(failure.message).toMatch(message)
    expect(failure.message).not.toContain(echo)
  })

  it('may give a model another name where the node was told so', async () => {
    server.script = saying(completion(echo, { model: 'small-2026-05' }))
    const endpoint = modelEndpointAt(server.url, { servedAs: { small: ['small-2026-05'] } })
    expect(await endpoint.chat(chatRequest(), never)).toEqual({
      text: echo,
      finish: 'stop',
      servedModel: 'small-2026-05',
      usage: { inputTokens: 9, cachedInputTokens: 4, outputTokens: 3 },
    })
  })

  it('says when it cut an answer or kept it back, even if nothing was left', async () => {
    server.script = finishing('length', '')
    expect(await modelEndpointAt(server.url).chat(chatRequest(), never)).toMatchObject({ text: '', finish: 'length' })
    server.script = finishing('content_filter', null)
    expect(await modelEndpointAt(server.url).chat(chatRequest(), never)).toMatchObject({
      text: '',
      finish: 'content-filter',
    })
  })
})

describe('a server that fails', () => {
  const status = (code: number, body: unknown = { error: { message: secretPrompt } }, headers = {}): ModelScript => {
    return (_, response) => response.writeHead(code, headers).end(JSON.stringify(body))
  }

  it.each([
    [400, 'refused'],
    [401, 'credit'],
    [402, 'credit'],
    [403, 'credit'],
    [404, 'refused'],
    [408, 'timeout'],
    [413, 'refused'],
    [422, 'refused'],
    [429, 'busy'],
    [500, 'server'],
    [502, 'server'],
    [503, 'busy'],
    [504, 'timeout'],
    [529, 'busy'],
  ] as const)('with %i is %s, whatever it says about the prompt', async (code, fault) => {
    server.script = status(code)
    const failure = await modelFailureOf(modelEndpointAt(server.url).chat(chatRequest(), never))
    expect([failure.fault, failure.message]).toEqual([fault, `answered ${code}`])
  })

  it.each([
    ['insufficient_quota', 429, 'credit'],
    ['context_length_exceeded', 400, 'refused'],
    ['rate_limit_exceeded', 403, 'busy'],
  ] as const)('is understood better by the code %s', async (code, from, fault) => {
    server.script = status(from, { error: { code, message: secretPrompt } })
    const failure = await modelFailureOf(modelEndpointAt(server.url).chat(chatRequest(), never))
    expect([failure.fault, failure.message]).toEqual([fault, `answered ${from} (${code})`])
  })

  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '120', 'retry-after': '9' }, 120],
    [{ 'retry-after': '99999999' }, 3_600_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('says when to come back: %j', async (headers, wait) => {
    server.script = status(429, {}, headers)
    expect((await modelFailureOf(modelEndpointAt(server.url).chat(chatRequest(), never))).retryAfterMs).toBe(wait)
  })

  it('says when to come back by a date', async () => {
    server.script = status(503, {}, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() })
    const { retryAfterMs = 0 } = await modelFailureOf(modelEndpointAt(server.url).chat(chatRequest(), never))
    expect(retryAfterMs).toBeGreaterThan(50_000)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
  })

  it('is out of reach where nobody listens, and where it breaks off in the middle of an answer', async () => {
    expect((await modelFailureOf(modelEndpointAt('http://127.0.0.1:1/v1').chat(chatRequest(), never))).fault).toBe(
      'unreachable',
    )
    server.script = (_, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('{"model":', () => response.destroy())
    }
    expect((await modelFailureOf(modelEndpointAt(server.url).chat(chatRequest(), never))).fault).toBe('unreachable')
  })

  it('is out of reach where it breaks off before an answer, after one repetition on a new connection', async () => {
    const endpoint = modelEndpointAt(server.url)
    await endpoint.chat(chatRequest(), never)
    server.script = (_, response) => void response.destroy()
    expect((await modelFailureOf(endpoint.chat(chatRequest(), never))).fault).toBe('unreachable')
    expect(server.asked).toHaveLength(3)
  })

  it('has taken too long after the time that the node waits, and the connection ends', async () => {
    server.script = () => {}
    const failure = await modelFailureOf(modelEndpointAt(server.url, { timeoutSeconds: 1 }).chat(chatRequest(), never))
    expect(failure.fault).toBe('timeout')
    await server.asked[0]?.gone
  })

  it('sees the connection end when nobody waits for its answer any more', async () => {
    const controller = new AbortController()
    const reason = new Error('cancelled')
    server.script = () => controller.abort(reason)
    await expect(modelEndpointAt(server.url).chat(chatRequest(), controller.signal)).rejects.toBe(reason)
    await server.asked[0]?.gone
  })
})
