import { Refused } from '../../../protocol/refusal.ts'

export interface Place {
  readonly path: string
  readonly message: string
}

/** Places reported at once; reading stops there. */
const MAX_PLACES = 20

/** Refusal of a table as a whole: nothing of it is kept. */
export function invalidTable(detail: string, hint: string, places?: readonly Place[]): Refused {
  const refusal = { code: 'table-invalid' as const, detail, hint }
  return new Refused(places === undefined ? refusal : { ...refusal, errors: places })
}

/** Collects places until there are enough of them to tell a person. */
export class Places {
  readonly #list: Place[] = []

  /** Throws when the list is full. */
  add(path: string, message: string): void {
    this.#list.push({ path, message })
    if (this.#list.length >= MAX_PLACES) this.#refuse('or more ')
  }

  /** Throws when anything was added. */
  check(): void {
    if (this.#list.length > 0) this.#refuse('')
  }

  #refuse(orMore: string): never {
    throw invalidTable(
      `the table does not fit its schema at ${this.#list.length} ${orMore}places`,
      'Correct the listed places or the schema, and start again; nothing was kept.',
      this.#list,
    )
  }
}
