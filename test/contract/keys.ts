import { compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Keys } from '../../node/ports/keys.ts'
import { signJws } from '../../protocol/identity/jws.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** What every Keys adapter must do. `open` gives fresh keys; `other` keys under another node key. */
export function keysContract(open: () => Promise<Keys>, other: () => Promise<Keys>): void {
  describe('keys', () => {
    it.each([
      ['identity', 'ES256', 'EC'],
      ['statement', 'EdDSA', 'OKP'],
      ['log', 'EdDSA', 'OKP'],
    ] as const)('signs with the %s key what its public key verifies as %s', async (use, alg, kty) => {
      const keys = await open()
      const jwk = await keys.publicJwk(use)
      expect(jwk.kty).toBe(kty)
      const token = await signJws({ a: 1 }, { key: { kid: 'k', alg, sign: (message) => keys.sign(use, message) } })
      const { payload } = await compactVerify(token, jwk, { algorithms: [alg] })
      expect(new TextDecoder().decode(payload)).toBe('{"a":1}')
    })

    it('shows no private member in a public key', async () => {
      const keys = await open()
      for (const use of ['identity', 'statement', 'log'] as const) {
        expect(Object.keys(await keys.publicJwk(use))).not.toContain('d')
      }
    })

    it('has a key of its own for every use', async () => {
      const keys = await open()
      const [statement, log] = [await keys.publicJwk('statement'), await keys.publicJwk('log')]
      expect(statement.x).not.toBe(log.x)
    })

    it('opens what it sealed, under the same context alone', async () => {
      const keys = await open()
      const sealed = await keys.seal('seeds/a', bytes('content'))
      expect(new TextDecoder().decode(await keys.open('seeds/a', sealed))).toBe('content')
      await expect(keys.open('seeds/b', sealed)).rejects.toThrow()
      await expect((await other()).open('seeds/a', sealed)).rejects.toThrow()
    })

    it('notices every changed byte and every missing one of what it sealed', async () => {
      const keys = await open()
      const sealed = await keys.seal('c', bytes('content'))
      for (let at = 0; at < sealed.length; at++) {
        const changed = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte))
        await expect(keys.open('c', changed)).rejects.toThrow()
        await expect(keys.open('c', sealed.subarray(0, at))).rejects.toThrow()
      }
    })

    it('never seals the same content to the same bytes', async () => {
      const keys = await open()
      const [a, b] = [await keys.seal('c', bytes('x')), await keys.seal('c', bytes('x'))]
      expect(Buffer.from(a).equals(Buffer.from(b))).toBe(false)
    })

    it('derives 32 bytes per context, the same ones every time', async () => {
      const keys = await open()
      const derived = await keys.derive('a')
      expect(derived).toHaveLength(32)
      expect(await keys.derive('a')).toEqual(derived)
      expect(await keys.derive('b')).not.toEqual(derived)
      expect(await (await other()).derive('a')).not.toEqual(derived)
    })
  })
}
