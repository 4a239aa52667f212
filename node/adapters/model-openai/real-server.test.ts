import { describe } from 'vitest'
import { modelEndpointContract } from '../../../test/contract/model-endpoint.ts'
import { modelEndpointAt } from '../../../test/model-endpoint-at.ts'

/** Base URL of a llama.cpp server with one slot and a context of 4096 tokens, as docs/models.md starts it. */
const url = process.env['TEST_MODEL_URL']
const model = process.env['TEST_MODEL_NAME'] ?? 'gemma-3-270m'
if (url === undefined) console.warn('skipped: TEST_MODEL_URL names no llama.cpp server')

describe.skipIf(url === undefined)('a llama.cpp server', () => {
  const endpoint = modelEndpointAt(url ?? 'http://127.0.0.1:1', { server: 'llama.cpp', timeoutSeconds: 60 })
  modelEndpointContract(() => ({ endpoint, model }))
})
