import type { ProcessTables, TableRow } from '../../protocol/dsp/process.ts'
import { type Figure, leadsTo } from './figures.ts'
import { ROLES } from './kind.ts'

/** A table with one legal entry deleted, or leading elsewhere. */
export interface Mutant<Tables> {
  /** For example `provider hears request in OFFERED: illegal`. */
  readonly name: string
  readonly tables: Tables
}

const WAYS = ['hears', 'says'] as const

/** Every table that differs from these in one legal entry: made illegal, or redirected to one of the other states. */
export function mutantsOf<Phase extends string, Speech extends string, State extends string>(
  tables: ProcessTables<Phase, Speech, State>,
  states: readonly State[],
): Mutant<ProcessTables<Phase, Speech, State>>[] {
  return entriesOf(tables).flatMap(({ role, phase, way, says, to }) =>
    ['illegal' as const, ...states]
      .filter((other) => to !== 'illegal' && other !== to)
      .map((other) => {
        const row: TableRow<Speech, State> = tables[role][phase]
        const changed = { ...row, [way]: { ...row[way], [says]: other } }
        return {
          name: `${role} ${way} ${says} in ${phase}: ${other}`,
          tables: { ...tables, [role]: { ...tables[role], [phase]: changed } },
        }
      }),
  )
}

/** Where tables differ from a figure, entry by entry. */
export function differences<Phase extends string, Speech extends string, State extends string>(
  tables: ProcessTables<Phase, Speech, State>,
  figure: Figure,
): string[] {
  return entriesOf(tables).flatMap(({ role, phase, way, says, to }) => {
    const wanted = leadsTo(figure, [role, way, says], phase)
    return to === wanted ? [] : [`${role} ${way} ${says} in ${phase}: ${to} instead of ${wanted}`]
  })
}

export function entriesOf<Phase extends string, Speech extends string, State extends string>(
  tables: ProcessTables<Phase, Speech, State>,
) {
  return ROLES.flatMap((role) =>
    (Object.entries(tables[role]) as [Phase, TableRow<Speech, State>][]).flatMap(([phase, row]) =>
      WAYS.flatMap((way) =>
        (Object.entries(row[way]) as [Speech, State | 'illegal'][]).map(([says, to]) => ({
          role,
          phase,
          way,
          says,
          to,
        })),
      ),
    ),
  )
}
