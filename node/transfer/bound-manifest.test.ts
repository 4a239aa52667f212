import { describe, expect, it } from 'vitest'
import { Refused } from '../../protocol/refusal.ts'
import { PeerProfileEntry } from '../../schemas/peers.ts'
import { createPeerProfiles } from '../adapters/peers-file/peers-file.ts'
import { boundManifest } from './bound-manifest.ts'

const NODE = 'did:web:node.example'
const FOREIGN = 'did:web:foreign.example'
const UNREACHABLE = 'did:web:down.example'
const UNKNOWN = 'did:web:unknown.example'
const manifestId = `sha256:${'a'.repeat(64)}`

const profiles = createPeerProfiles(
  [NODE, FOREIGN, UNREACHABLE].map((participantId) => PeerProfileEntry.parse({ participantId })),
)
const identity = {
  profileOf: (peer: string) => profiles.of(peer),
  service: async (did: string) => {
    if (did === NODE) return 'https://node.example'
    const code = did === UNREACHABLE ? 'peer-unreachable' : 'unsupported'
    throw new Refused({ code, detail: '', hint: '' })
  },
}
const bound = (peer: string, id?: string) => boundManifest({ identity }, { peer, manifestId: id }).catch(codeOf)
const codeOf = (error: unknown) => (error instanceof Refused ? error.refusal.code : error)

describe('the manifest that binds what a provider gives', () => {
  it('is the one of the agreement', async () => {
    expect(await bound(UNKNOWN, manifestId)).toEqual({ manifestId })
  })

  it('may be missing at a connector with a profile that serves no manifests', async () => {
    expect(await bound(FOREIGN)).toEqual({})
  })

  it('may not be missing at a node that serves manifests, at one without a profile, or while nobody knows which it is', async () => {
    expect(await bound(NODE)).toBe('unsupported')
    expect(await bound(UNKNOWN)).toBe('unsupported')
    expect(await bound(UNREACHABLE)).toBe('peer-unreachable')
  })
})
