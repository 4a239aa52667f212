import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { refusalOf } from '../../../test/refusal-of.ts'
import { openPeersFile } from './peers-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'tanemaki-peers-'))
const path = join(folder, 'peers.json')
const secrets = (letter: string) => ({ theirs: letter.repeat(40), ours: letter.toUpperCase().repeat(40) })
const acme = { participantId: 'urn:acme', address: 'https://acme.example/dsp/', sharedSecrets: secrets('a') }

function write(content: unknown, mode = 0o600): string {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode })
  chmodSync(path, mode)
  return path
}

describe('the file of peer profiles', () => {
  afterAll(() => rmSync(folder, { recursive: true }))

  it('may be absent: then no peer is known by a profile', async () => {
    const profiles = await openPeersFile(join(folder, 'none.json'))
    expect([profiles.of('urn:acme'), profiles.caller('anything')]).toEqual([undefined, undefined])
  })

  it('knows a peer by its secret alone, byte for byte, and gives the secret of this node to that peer alone', async () => {
    const other = { participantId: 'urn:other', address: 'https://other.example/dsp', sharedSecrets: secrets('b') }
    const profiles = await openPeersFile(write({ peers: [acme, other] }))
    expect(profiles.caller('a'.repeat(40))).toBe('urn:acme')
    expect(profiles.caller('b'.repeat(40))).toBe('urn:other')
    for (const wrong of ['', 'a'.repeat(39), 'a'.repeat(41), 'A'.repeat(40), ` ${'a'.repeat(40)}`]) {
      expect(profiles.caller(wrong)).toBeUndefined()
    }
    expect(profiles.of('urn:acme')?.authorization?.()).toBe('A'.repeat(40))
    expect(profiles.of('urn:acme')?.address).toBe('https://acme.example/dsp')
  })

  it('may give a member further origins for its callbacks and leaves its authentication as it is', async () => {
    const member = { participantId: 'did:web:lab.example', callbackOrigins: ['https://callbacks.lab.example/'] }
    const profiles = await openPeersFile(write({ peers: [member] }))
    const profile = profiles.of('did:web:lab.example')
    expect([profile?.callbackOrigins, profile?.authorization]).toEqual([['https://callbacks.lab.example'], undefined])
  })

  it.each([
    ['that is no JSON', '{'],
    ['with an unknown member', { peers: [{ ...acme, trusted: true }] }],
    [
      'with a secret that can be guessed',
      { peers: [{ ...acme, sharedSecrets: { theirs: 'guess-me', ours: 'o'.repeat(40) } }] },
    ],
    [
      'with a peer that has no DID and no secret',
      { peers: [{ participantId: 'urn:acme', address: 'https://a.example' }] },
    ],
    ['with a secret and no address', { peers: [{ participantId: 'urn:acme', sharedSecrets: secrets('a') }] }],
    ['with one secret for two', { peers: [acme, { ...acme, participantId: 'urn:twin' }] }],
  ])('is refused %s, without a word of it', async (_, content) => {
    const refusal = await refusalOf(openPeersFile(write(content)))
    expect(refusal.code).toBe('setting-invalid')
    expect(JSON.stringify(refusal)).not.toMatch(/a{40}|guess-me/)
  })

  it('is refused when others may read it', async () => {
    const refusal = await refusalOf(openPeersFile(write({ peers: [acme] }, 0o644)))
    expect(refusal).toMatchObject({ code: 'setting-invalid', detail: expect.stringContaining('0644') })
  })
})
