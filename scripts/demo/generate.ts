import { type Story, textAt } from './story.ts'

const example = 'examples/adult'

/** From private records to a differentially private table, inside the bureau's node. Returns the id of the dataset. */
export async function importAndGenerate({ timeline, bureau }: Story): Promise<string> {
  await timeline.step('import', 'The bureau imports private records (UCI Adult, one person a row)', async () => {
    const { value } = await bureau.run([
      ...['seeds', 'import', `${example}/adult.csv.gz`],
      ...['--name', 'adult', '--schema', `${example}/schema.json`],
    ])
    return `sealed at rest; commitment ${textAt(value, 'seedSet', 'commitment', 'root').slice(0, 16)}… logged before anything is generated`
  })
  let datasetId = ''
  await timeline.step('generate', 'It generates 40,000 rows with differential privacy, ε = 1', async () => {
    const { value } = await bureau.run(
      [
        ...['run', 'start', `${example}/recipe.yaml`, '--title', 'Synthetic census records with income'],
        ...['--description', 'Differentially private synthetic version of the UCI Adult census extract.'],
        ...['--keyword', 'census', 'income', 'synthetic', '--license', 'CC-BY-4.0'],
      ],
    )
    datasetId = textAt(value, 'datasetId')
    return `spent ε ${textAt(value, 'spent', 'epsilon')}, δ ${textAt(value, 'spent', 'delta')}, entered in the budget ledger before the first measurement`
  })
  return datasetId
}
