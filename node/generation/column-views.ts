import type { SeedColumn } from '../../schemas/seed-schema.ts'
import type { SeedColumnView } from '../../schemas/seeds.ts'
import { isModelled } from '../../protocol/generation/cells.ts'
import { columnCells } from '../../protocol/generation/domain.ts'

/** Columns in words for the people of this node. */
export function columnViews(columns: readonly SeedColumn[]): SeedColumnView[] {
  return columns.map((column) => {
    const common = { name: column.name, type: column.type, role: column.role, domain: domainInWords(column) }
    if (!isModelled(column)) return { ...common, provenance: 'not-modelled' }
    const provenance = 'domain' in column ? column.domain.provenance : 'public'
    return { ...common, cells: columnCells(column).cells, provenance }
  })
}

function domainInWords(column: SeedColumn): string {
  const empty = column.nullable ? ', or empty' : ''
  if (!isModelled(column)) return 'never generated'
  if (column.type === 'boolean') return `true or false${empty}`
  if (column.type === 'categorical') return `${column.domain.categories.length} categories${empty}`
  const specials = column.domain.specialValues ?? []
  const special = specials.length === 0 ? '' : `, and ${specials.join(', ')}`
  return `${column.domain.min} to ${column.domain.max}${special}${empty}`
}
