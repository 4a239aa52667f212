import { describe, expect, it } from 'vitest'
import { modelEndpointAt } from '../../test/model-endpoint-at.ts'
import { startScriptedModelServer } from '../../test/scripted-model-server.ts'
import { EndpointAbilities } from '../../schemas/models.ts'
import { modelRoutes } from './model-routes.ts'

function routesOf(url: string) {
  const endpoint = modelEndpointAt(url, { apiKeyFile: 'secret.key', headers: { 'x-team': 'seeds' } }, 'the-key')
  return modelRoutes({ list: () => [endpoint], endpoint: (name) => (name === 'here' ? endpoint : undefined) })
}

const check = (name: string, body: unknown = {}) =>
  [`/models/${name}/check`, { method: 'POST', body: JSON.stringify(body) }] as const

describe('the model endpoints of a node', () => {
  it('are listed without anything that opens them', async () => {
    const text = await (await routesOf('http://127.0.0.1:1/private-path').request('/models')).text()
    expect(JSON.parse(text)).toEqual({
      endpoints: [{ name: 'here', origin: 'http://127.0.0.1:1', server: 'openai', loopback: true }],
    })
  })

  it('are asked anew by every check', async () => {
    await using server = await startScriptedModelServer()
    const routes = routesOf(server.url)
    const first = EndpointAbilities.parse(await (await routes.request(...check('here'))).json())
    const questions = server.asked.length
    await routes.request(...check('here', { model: 'small' }))
    expect([first.model, server.asked.length]).toEqual(['small', 2 * questions])
  })
})
