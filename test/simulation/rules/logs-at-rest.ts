import type BetterSqlite3 from 'better-sqlite3'
import * as z from 'zod'

export interface RestingLog {
  readonly name: string
  readonly connection: BetterSqlite3.Database
  readonly files: ReadonlyMap<string, Uint8Array>
}

const Entries = z.object({ entries: z.number(), last: z.number().nullable() })
const Head = z.object({ size: z.number(), checkpoint: z.string() })

/** D10: what a log holds once every committed entry is in its tree. */
export function brokenLog({ name, connection, files }: RestingLog): (readonly [rule: string, detail: string])[] {
  const { entries, last } = Entries.parse(
    connection.prepare('select count(*) as entries, max(position) as last from leaf_queue').get(),
  )
  const head = Head.parse(connection.prepare('select size, checkpoint from ledger_heads order by size desc').get())
  const published = new TextDecoder().decode(files.get('ledger/checkpoint') ?? new Uint8Array(0))
  const said = `${name}: ${entries} entries, the last at ${last}, a head of ${head.size}`
  return [
    ...(last === entries - 1 && head.size === entries ? [] : [['D10 every log entry has its place', said] as const]),
    ...(published === head.checkpoint ? [] : [['D10 the head that is stored is published', said] as const]),
  ]
}
