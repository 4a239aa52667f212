import { describe, expect, it } from 'vitest'
import { createParty } from '../../test/identity-party.ts'
import { Invitation, Rulebook } from '../../schemas/governance.ts'
import { signJws } from '../identity/jws.ts'
import { firstRulebook, referenceOf } from './rulebook.ts'
import { documentDigest, readDocument, signDocument, verifyDocument } from './signed-document.ts'

const authority = createParty('did:web:authority.example')
const stranger = createParty('did:web:stranger.example')
const now = Date.parse('2026-11-22T10:00:00.000Z')
const rulebook = firstRulebook({ name: 'Seed space' }, { authority: authority.did, id: 'urn:uuid:1', now })
const query = { schema: Rulebook, authority: authority.did, document: authority.document }
const verdict = async (text: string, changes: Partial<typeof query> = {}) => {
  const verified = await verifyDocument(text, { ...query, ...changes })
  return verified.ok ? 'ok' : verified.code
}

describe('documents of an authority', () => {
  it('are read back as they were signed', async () => {
    const text = await signDocument(rulebook, authority.key)
    expect(await verifyDocument(text, query)).toEqual({ ok: true, value: rulebook })
    expect(referenceOf(rulebook, text)).toEqual({ id: 'urn:uuid:1', version: 1, digest: documentDigest(text) })
  })

  it('are refused when somebody else signed them, in whatever name', async () => {
    const forged = await signDocument(rulebook, { ...stranger.key, kid: authority.key.kid })
    expect(await verdict(forged)).toBe('document.signature')
    expect(await verdict(await signDocument(rulebook, stranger.key))).toBe('document.signer')
    const own = await signDocument({ ...rulebook, authority: stranger.did }, stranger.key)
    expect(await verdict(own)).toBe('document.signer')
    expect(await verdict(own, { document: stranger.document })).toBe('document.signer')
  })

  it('are never taken for one of another kind', async () => {
    const text = await signDocument(rulebook, authority.key)
    expect(readDocument(text, Invitation)).toMatchObject({ ok: false, code: 'document.malformed' })
    const token = await signJws({ iss: authority.did, sub: authority.did }, { key: authority.key })
    expect(await verdict(token)).toBe('document.malformed')
  })

  it('are refused when a character changed', async () => {
    const text = await signDocument(rulebook, authority.key)
    const [head, , signature] = text.split('.')
    const changed = Buffer.from(JSON.stringify({ ...rulebook, version: 2 })).toString('base64url')
    expect(await verdict(`${head}.${changed}.${signature}`)).toBe('document.signature')
    expect(await verdict('x')).toBe('document.malformed')
  })
})
