import type { RowColumn } from '../../../schemas/row-columns.ts'
import type { RowRecipe } from '../../../schemas/row-recipe.ts'
import { type KnownMembers, knownMembers, type SourceColumns } from './known-members.ts'
import { type RecipeFault, withSuggestion } from './read-recipe.ts'
import { TemplateError, type VariableUse } from './templates/syntax.ts'
import { type Expression, parseExpression, parseTemplate, type Template } from './templates/template.ts'

/** Reads the texts of a recipe against the names that it has, and collects what is wrong. */
export class RecipeNames {
  readonly faults: RecipeFault[] = []
  readonly recipe: RowRecipe
  readonly columns: ReadonlyMap<string, RowColumn>
  readonly #members = new Map<string, KnownMembers>()

  constructor(recipe: RowRecipe, sources: SourceColumns) {
    this.recipe = recipe
    this.columns = new Map(recipe.columns.map((column) => [column.name, column]))
    for (const column of recipe.columns) this.#members.set(column.name, knownMembers(column, sources))
  }

  fault(path: string, message: string): void {
    this.faults.push({ path, message })
  }

  /** A fault unless the word is one of those that are known, as in `there is no model "jugde"; did you mean "judge"?`. */
  known(kind: string, word: string, place: { readonly path: string; readonly names: readonly string[] }): boolean {
    if (place.names.includes(word)) return true
    this.fault(place.path, withSuggestion(`there is no ${kind} "${word}"`, word, place.names))
    return false
  }

  column(name: string, path: string): RowColumn | undefined {
    this.known('column', name, { path, names: [...this.columns.keys()] })
    return this.columns.get(name)
  }

  template(source: string, path: string): Template | undefined {
    return this.#checked(parseTemplate(source), path)
  }

  expression(source: string, path: string): Expression | undefined {
    return this.#checked(parseExpression(source), path)
  }

  /** An expression that decides something: never a text, which would hold unless it is empty. */
  condition(source: string, path: string): Expression | undefined {
    const expression = this.expression(source, path)
    if (expression === undefined) return undefined
    const column = this.columns.get(expression.column ?? '')
    if (expression.isText || column?.type === 'llm-text')
      this.fault(path, 'is a text, which always holds; compare it with something')
    else if (column !== undefined && ['validation', 'llm-structured', 'llm-judge'].includes(column.type))
      this.fault(path, `"${column.name}" is a record, which always holds; name a member of it`)
    return expression
  }

  /** A column or a member of one, written as `article.text`; gives the column's name. */
  reference(reference: string, path: string): string {
    const [name = '', ...members] = reference.split('.')
    this.#use({ name, path: members, at: 0 }, path, '')
    return name
  }

  #checked<Parsed extends Template | Expression>(parsed: Parsed | TemplateError, path: string): Parsed | undefined {
    if (parsed instanceof TemplateError) {
      this.fault(path, parsed.message)
      return undefined
    }
    for (const use of parsed.uses) {
      const { message } = new TemplateError('', parsed.source, use.at)
      this.#use(use, path, message)
    }
    return parsed
  }

  #use(use: VariableUse, path: string, place: string): void {
    let members = this.#members.get(use.name)
    if (members === undefined) {
      const message = `${place}there is no column "${use.name}"`
      this.fault(path, withSuggestion(message, use.name, [...this.columns.keys()]))
      return
    }
    let whole = use.name
    for (const step of use.path) {
      if (members === 'open' || members === undefined) return
      if (members === 'none' || !Object.hasOwn(members, step)) {
        const names = members === 'none' ? [] : Object.keys(members)
        this.fault(path, withSuggestion(`${place}"${whole}" has no member "${step}"`, step, names))
        return
      }
      members = members[step]
      whole = `${whole}.${step}`
    }
  }
}

/** Names of the columns that are read, each once. */
export function namesOf(parsed: readonly ({ readonly uses: readonly VariableUse[] } | undefined)[]): string[] {
  return [...new Set(parsed.flatMap((each) => each?.uses.map(({ name }) => name) ?? []))]
}
