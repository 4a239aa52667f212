import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeEffects } from './commit.ts'
import { GroupCommit } from './group-commit.ts'
import { type Database, openDatabase } from './open.ts'

describe('transactions that are asked for at the same time', () => {
  let folder: string
  let db: Database
  let woken: number
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tanemaki-group-'))
    db = openDatabase(join(folder, 'db.sqlite'))
    db.orm.run(sql`create table notes (id integer primary key, body text unique)`)
    woken = 0
    db.onEffects(() => (woken += 1))
  })
  afterEach(() => {
    db.close()
    rmSync(folder, { recursive: true })
  })
  const write = (body: string) => db.transaction((tx) => tx.run(sql`insert into notes (body) values (${body})`).changes)
  const notes = () => db.orm.all<{ body: string }>(sql`select body from notes order by id`).map(({ body }) => body)

  it('see each other in the order of asking, and each gives its own result', async () => {
    const counts = ['a', 'b', 'c'].map((body) =>
      db.transaction((tx) => {
        tx.run(sql`insert into notes (body) values (${body})`)
        return tx.all(sql`select 1 from notes`).length
      }),
    )
    expect(await Promise.all(counts)).toEqual([1, 2, 3])
    expect(notes()).toEqual(['a', 'b', 'c'])
  })

  it('fail alone: what one of them has written is undone, the others stay', async () => {
    const outcomes = await Promise.allSettled([
      write('a'),
      db.transaction((tx) => {
        tx.run(sql`insert into notes (body) values ('lost')`)
        throw new Error('no')
      }),
      write('a'),
      write('b'),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    expect(notes()).toEqual(['a', 'b'])
  })

  it('are durable before anyone is told, and wake the workers once', async () => {
    const other = openDatabase(join(folder, 'db.sqlite'))
    const job = { queue: 'q', key: 'k', payload: {} }
    const seen = ['a', 'b'].map(async (body) => {
      await db.transaction((tx) => {
        tx.run(sql`insert into notes (body) values (${body})`)
        writeEffects(db, { effects: { jobs: [job] }, now: 1 })
      })
      return other.orm.all(sql`select 1 from notes`).length
    })
    expect(await Promise.all(seen)).toEqual([2, 2])
    expect(woken).toBe(1)
    await write('c')
    expect(woken).toBe(1)
    other.close()
  })

  it('are not lost when the database is closed right after', async () => {
    const written = write('last')
    db.close()
    await written
    db = openDatabase(join(folder, 'db.sqlite'))
    expect(notes()).toEqual(['last'])
  })

  it('are refused together when the disk does not take them, and nothing of them is there', async () => {
    db.orm.run(sql`pragma query_only = 1`)
    const outcomes = await Promise.allSettled([write('a'), write('b')])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    db.orm.run(sql`pragma query_only = 0`)
    expect(notes()).toEqual([])
    expect(await write('c')).toBe(1)
  })

  it('may be mixed with what may be lost in a power cut', async () => {
    const durable = write('a')
    db.relaxed.run(sql`insert into notes (body) values ('b')`)
    await durable
    expect(notes().toSorted()).toEqual(['a', 'b'])
  })

  it('wake the workers too when nobody can say whether the commit was made', async () => {
    const orm: Database['orm'] = Object.assign(Object.create(db.orm), {
      transaction: (...call: Parameters<Database['orm']['transaction']>) => {
        db.orm.transaction(...call)
        throw new Error('the disk did not answer')
      },
    })
    const commits = new GroupCommit(orm)
    commits.onEffects(() => (woken += 1))
    await expect(commits.add(() => commits.effectsWritten())).rejects.toThrow('the disk did not answer')
    expect(woken).toBe(1)
  })
})
