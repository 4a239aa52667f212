import { describe, expect, it } from 'vitest'
import { Refused } from '../../protocol/refusal.ts'
import { Settings } from '../../schemas/config.ts'
import { nodeDid } from './node-did.ts'

function didOf(settings: Record<string, unknown>): string {
  try {
    return nodeDid(Settings.parse(settings))
  } catch (error) {
    if (error instanceof Refused) return error.refusal.code
    throw error
  }
}

describe('the identifier of a node', () => {
  it.each([
    [{ publicUrl: 'https://node.example' }, 'did:web:node.example'],
    [{ publicUrl: 'https://node.example:8443/' }, 'did:web:node.example%3A8443'],
    [{ publicUrl: 'https://node-a:7600', privateHosts: 'node-a, node-b' }, 'did:web:node-a%3A7600'],
    [{ publicUrl: 'http://localhost:7600', developmentLocalhost: 'true' }, 'did:web:localhost%3A7600'],
  ])('follows from its settings %j: %s', (settings, did) => {
    expect(didOf(settings)).toBe(did)
  })

  it.each([
    [{ publicUrl: 'http://localhost:7600' }],
    [{ publicUrl: 'https://node-a:7600' }],
    [{ publicUrl: 'http://node.example' }],
    [{ publicUrl: 'https://203.0.113.9' }],
    [{ publicUrl: 'https://node.example', developmentLocalhost: 'true' }],
    [{ publicUrl: 'http://localhost:7600', developmentLocalhost: 'true', publicHost: '0.0.0.0' }],
  ])('is refused for settings that no peer could resolve, or that open the development switch: %j', (settings) => {
    expect(didOf(settings)).toBe('setting-invalid')
  })
})
