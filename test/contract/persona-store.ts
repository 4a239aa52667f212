import { describe, expect, it } from 'vitest'
import type { PersonaStore } from '../../node/generation/persona-store.ts'
import { PersonaPack } from '../../schemas/personas.ts'

const instant = (second: number) => new Date(1_700_000_000_000 + second * 1000).toISOString()

function pack(at: number, name: string): PersonaPack {
  return PersonaPack.parse({
    id: `urn:uuid:00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
    name,
    state: 'kept',
    source: 'a source',
    licence: 'CC0-1.0',
    attribution: '',
    description: { en: 'x', ja: 'x' },
    digest: 'a'.repeat(64),
    fields: ['persona'],
    textField: 'persona',
    count: 1,
    origin: { kind: 'imported', format: 'csv' },
    createdAt: instant(at),
  })
}

/** What every PersonaStore must do. `open` gives an empty store for each test. */
export function personaStoreContract(open: () => PersonaStore): void {
  describe('store of persona packs', () => {
    it('finds a pack by id and by name, and lists the newest first', async () => {
      const store = open()
      expect(await store.addPersonaPack(pack(1, 'a'))).toBe('committed')
      expect(await store.addPersonaPack(pack(2, 'b'))).toBe('committed')
      expect(await store.personaPack(pack(1, 'a').id)).toEqual(pack(1, 'a'))
      expect(await store.personaPack('b')).toEqual(pack(2, 'b'))
      expect((await store.personaPacks(10)).map(({ name }) => name)).toEqual(['b', 'a'])
      expect(await store.personaPack('c')).toBeUndefined()
    })

    it('keeps one pack of a name until it is erased, and remembers the erased one', async () => {
      const store = open()
      const first = pack(1, 'a')
      await store.addPersonaPack(first)
      expect(await store.addPersonaPack(pack(2, 'a'))).toBe('conflict')
      expect(await store.erasePersonaPack(first.id, instant(5), {})).toBe('committed')
      expect(await store.erasePersonaPack(first.id, instant(6), {})).toBe('conflict')
      expect(await store.personaPack('a')).toEqual({ ...first, state: 'erased', erasedAt: instant(5) })
      expect(await store.addPersonaPack(pack(2, 'a'))).toBe('committed')
      expect((await store.personaPack('a'))?.id).toBe(pack(2, 'a').id)
    })
  })
}
