import { and, desc, eq } from 'drizzle-orm'
import { instantOf } from '../../../protocol/instant.ts'
import { PersonaPack } from '../../../schemas/personas.ts'
import type { PersonaStore } from '../../generation/persona-store.ts'
import { writeEffects } from './commit.ts'
import type { Database } from './open.ts'
import { personaPacks } from './tables/generation.ts'

type Row = Pick<typeof personaPacks.$inferSelect, 'state' | 'pack' | 'erasedAt'>
const columns = { state: personaPacks.state, pack: personaPacks.pack, erasedAt: personaPacks.erasedAt }

function packOf({ state, pack, erasedAt }: Row): PersonaPack {
  const erased = erasedAt === null ? {} : { erasedAt: instantOf(erasedAt) }
  return PersonaPack.parse({ ...(JSON.parse(pack) as object), state, ...erased })
}

export function createPersonaStore(db: Database): PersonaStore {
  return {
    addPersonaPack: async (pack) => {
      const written = await db.transaction((tx) =>
        tx
          .insert(personaPacks)
          .values({
            id: pack.id,
            name: pack.name,
            state: pack.state,
            pack: JSON.stringify(pack),
            createdAt: Date.parse(pack.createdAt),
            erasedAt: null,
          })
          .onConflictDoNothing()
          .run(),
      )
      return written.changes === 1 ? 'committed' : 'conflict'
    },
    personaPack: async (reference) => {
      const from = () => db.orm.select(columns).from(personaPacks)
      const row =
        from().where(eq(personaPacks.id, reference)).get() ??
        from()
          .where(and(eq(personaPacks.name, reference), eq(personaPacks.state, 'kept')))
          .get() ??
        from().where(eq(personaPacks.name, reference)).orderBy(desc(personaPacks.erasedAt)).get()
      return row === undefined ? undefined : packOf(row)
    },
    personaPacks: async (limit) =>
      db.orm.select(columns).from(personaPacks).orderBy(desc(personaPacks.createdAt)).limit(limit).all().map(packOf),
    erasePersonaPack: async (id, erasedAt, effects) => {
      const at = Date.parse(erasedAt)
      return db.transaction((tx) => {
        const written = tx
          .update(personaPacks)
          .set({ state: 'erased', erasedAt: at })
          .where(and(eq(personaPacks.id, id), eq(personaPacks.state, 'kept')))
          .run()
        if (written.changes === 0) return 'conflict' as const
        writeEffects(db, { effects, now: at })
        return 'committed' as const
      })
    },
  }
}
