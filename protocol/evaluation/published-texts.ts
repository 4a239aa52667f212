/** Strings of one published row: all of them, and those of the columns with free texts. */
export interface PublishedRow {
  readonly strings: readonly string[]
  readonly texts: readonly string[]
}

/** Texts of one side of the seeds, as an evaluation compares with them. */
export interface SeedTexts {
  /** For each row its texts. */
  readonly rows: readonly (readonly string[])[]
  /** Texts of columns that the schema calls public: quoting them copies nobody. */
  readonly publicTexts: readonly string[]
  /** Values of identifying columns. */
  readonly identifiers: readonly string[]
  /** False: there is more text than was read. */
  readonly complete: boolean
}

export const noSeedTexts: SeedTexts = { rows: [], publicTexts: [], identifiers: [], complete: true }

/** The texts inside a published cell: the strings of a JSON list or object (chat messages), else the cell itself. */
export function textsOfCell(cell: string): string[] {
  if (!/^\s*[[{]/u.test(cell)) return [cell]
  try {
    const leaves: string[] = []
    collect(JSON.parse(cell), leaves)
    return leaves.length === 0 ? [cell] : leaves
  } catch {
    return [cell]
  }
}

function collect(value: unknown, into: string[]): void {
  if (typeof value === 'string') into.push(value)
  else if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) collect(member, into)
}
