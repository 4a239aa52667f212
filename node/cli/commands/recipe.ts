import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { readAnyRecipe } from '../../../protocol/generation/any-recipe.ts'
import { planRun } from '../../../protocol/generation/table-synthesis.ts'
import { compileRecipe } from '../../../protocol/generation/rows/compile.ts'
import { columnGraph, graphSvg, graphText } from '../../../protocol/generation/rows/explain.ts'
import { rowRecipeJsonSchema } from '../../../protocol/generation/rows/recipe-json-schema.ts'
import { placesOf, refuse, type Refusal, Refused } from '../../../protocol/refusal.ts'
import type { Recipe } from '../../../schemas/recipe.ts'
import { SeedSchema } from '../../../schemas/seed-schema.ts'
import { RecipePreview } from '../../../schemas/runs.ts'
import { problemOf } from '../../http/problem.ts'
import { type CliContext, exitCodes } from '../command.ts'
import { addBindingOptions, type BindingOptions, boundRecipe } from '../bind-recipe.ts'
import { readDocument } from '../read-document.ts'
import { shippedRecipe, shippedRecipes } from '../shipped-recipes.ts'
import { printRowPreview } from '../show-rows.ts'
import { budgetFields, printColumns } from '../show-seeds.ts'

/** A recipe file or shipped recipe, bound by the options; a refusal names every faulty place. */
export function readRecipe(path: string, options: BindingOptions = {}): Recipe {
  const recipe = readAnyRecipe(readDocument(shippedRecipe(path) ?? path))
  if ('code' in recipe) throw new Refused(recipe)
  const bound = boundRecipe(recipe, options)
  const checked = readAnyRecipe(bound)
  if ('code' in checked) throw new Refused(checked)
  return checked
}

export function addRecipeCommands(program: Command, cli: CliContext): void {
  const recipe = program.command('recipe').description('declarative descriptions of a generation')
  recipe
    .command('check')
    .description('check a recipe file, against a schema file when given; needs no node and reads no seeds')
    .argument('<file>', 'recipe as YAML or JSON')
    .option('--schema <file>', 'schema of the seeds it is for')
    .action((file: string, options: { schema?: string }) => {
      const faults = checkFile(file, options.schema)
      const result = { valid: faults === undefined, ...(faults === undefined ? {} : { problem: problemOf(faults) }) }
      cli.output.result(result, (print) => {
        if (faults === undefined) {
          print.line(print.paint('green', 'The recipe is valid.'))
          if (options.schema === undefined) print.line('With --schema its columns and domains are checked as well.')
          return
        }
        print.line(`${print.paint('red', 'The recipe is not valid')}: ${faults.detail}`)
        for (const { path, message } of faults.errors ?? []) print.line(`  ${path}: ${message}`)
        print.line(faults.hint)
      })
      process.exitCode = faults === undefined ? exitCodes.done : exitCodes.negative
    })
  const preview = recipe
    .command('preview')
    .description(
      'show what a run would do and spend: of a table without reading seeds, of rows by making ten candidates',
    )
    .argument('<recipe>', 'recipe as YAML or JSON, or the name of a shipped one')
  addBindingOptions(preview).action(async (file: string, options: BindingOptions) => {
    const preview = await cli.api().post('/recipes/preview', { recipe: readRecipe(file, options) }, RecipePreview)
    cli.output.result(preview, (print) => {
      if (preview.kind === 'rows') return printRowPreview(print, preview)
      print.fields([
        ['fingerprint', preview.recipeSha256],
        ['rows', String(preview.rows)],
        ['spends', `epsilon ${preview.spends.epsilon} at delta ${preview.spends.delta}`],
        ...budgetFields(preview.budget),
        ['time', `about ${preview.estimatedSeconds} s`],
      ])
      printColumns(print, preview.columns)
      for (const obstacle of preview.obstacles) print.line(`${print.paint('red', 'in the way')}: ${obstacle}`)
    })
    process.exitCode = preview.kind === 'rows' || preview.fits ? exitCodes.done : exitCodes.negative
  })
  addDescriptions(recipe, cli)
}

function addDescriptions(recipe: Command, cli: CliContext): void {
  recipe
    .command('explain')
    .description('show which column of a recipe of rows needs which; needs no node and reads no seeds')
    .argument('<file>', 'recipe as YAML or JSON')
    .option('--svg <file>', 'draw it into this file')
    .action((file: string, options: { svg?: string }) => {
      const found = readRecipe(file)
      if (found.kind !== 'rows') {
        refuse('invalid-request', 'a table has no column graph', 'Explain a recipe of kind rows.')
      }
      const plan = compileRecipe(found)
      if ('code' in plan) throw new Refused(plan)
      const graph = columnGraph(plan)
      if (options.svg !== undefined) writeFileSync(options.svg, graphSvg(graph))
      cli.output.result(graph, (print) => {
        for (const line of graphText(graph).split('\n')) print.line(line)
        if (options.svg !== undefined) print.line(`Drawn into ${options.svg}`)
      })
    })
  recipe
    .command('list')
    .description('list the recipes that come with the program')
    .action(() => {
      const recipes = shippedRecipes().map((name) => {
        const shipped = readRecipe(name)
        return { name, description: shipped.description ?? '' }
      })
      cli.output.result({ recipes }, (print) =>
        print.table(
          ['recipe', 'what it makes'],
          recipes.map(({ name, description }) => [name, description]),
        ),
      )
    })
  recipe
    .command('show')
    .description('print a recipe that comes with the program, to be copied and changed')
    .argument('<name>', 'as recipe list shows it')
    .action((name: string) => {
      const file = shippedRecipe(name)
      if (file === undefined)
        return refuse('not-found', 'there is no such recipe', 'List them with: tanemaki recipe list')
      const text = readFileSync(file, 'utf8')
      cli.output.result({ name, text }, (print) => print.line(text.trimEnd()))
      return undefined
    })
  recipe
    .command('schema')
    .description('print the JSON Schema of recipes of rows, for editors')
    .action(() => {
      const schema = rowRecipeJsonSchema()
      cli.output.result(schema, (print) => print.line(JSON.stringify(schema, null, 2)))
    })
}

function checkFile(file: string, schemaFile: string | undefined): Refusal | undefined {
  const recipe = readAnyRecipe(readDocument(shippedRecipe(file) ?? file))
  if ('code' in recipe) return recipe
  if (schemaFile === undefined || recipe.kind === 'rows') return undefined
  const schema = SeedSchema.safeParse(readDocument(schemaFile))
  if (!schema.success) {
    return {
      code: 'invalid-request',
      detail: `the schema in ${schemaFile} is not valid`,
      hint: 'Correct the listed places; docs/seeds.md gives every member.',
      errors: placesOf(schema.error),
    }
  }
  const plan = planRun(recipe, schema.data)
  return 'code' in plan ? plan : undefined
}
