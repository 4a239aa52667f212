import { type Story, listAt, textAt } from './story.ts'

const example = 'examples/adult'
export const allowedPurpose = 'urn:tanemaki:purpose:research:v1'
export const forbiddenPurpose = 'urn:tanemaki:purpose:model-training:v1'

const mostAttempts = 3

/** From private records to a signed, measured, published dataset, inside the bureau's node. Returns the dataset's id. */
export async function generateAndPublish(story: Story): Promise<string> {
  await importSeeds(story)
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const datasetId = await generate(story, `1.0.${attempt - 1}`)
    if (!(await measure(story, datasetId))) continue
    await publish(story, datasetId)
    return datasetId
  }
  throw new Error(`no dataset of ${mostAttempts} passed the gates`)
}

async function importSeeds({ timeline, bureau }: Story): Promise<void> {
  await timeline.step('import', 'The bureau imports private records (UCI Adult, one person a row)', async () => {
    const { value } = await bureau.run([
      'seeds',
      'import',
      `${example}/adult.csv.gz`,
      '--name=adult',
      `--schema=${example}/schema.json`,
    ])
    const root = textAt(value, 'seedSet', 'commitment', 'root').slice(0, 16)
    return `sealed at rest; commitment ${root}… logged before anything is generated`
  })
}

async function generate({ timeline, bureau }: Story, version: string): Promise<string> {
  let datasetId = ''
  await timeline.step('generate', 'It generates 40,000 rows with differential privacy, ε = 1', async () => {
    const { value } = await bureau.run([
      'run',
      'start',
      `${example}/recipe.yaml`,
      '--title=Synthetic census records with income',
      '--description=Differentially private synthetic version of the UCI Adult census extract.',
      `--dataset-version=${version}`,
      '--license=CC-BY-4.0',
      '--keyword',
      'census',
      'income',
      'synthetic',
    ])
    datasetId = textAt(value, 'datasetId')
    const spent = `ε ${textAt(value, 'spent', 'epsilon')}, δ ${textAt(value, 'spent', 'delta')}`
    return `${spent}: entered in the budget ledger before the first measurement`
  })
  return datasetId
}

/** Whether the dataset passed the gates. By chance a harmless one may not; then the bureau generates another version. */
async function measure({ timeline, bureau }: Story, datasetId: string): Promise<boolean> {
  let passed = false
  await timeline.step('report', 'It measures exactly the files that will be published', async () => {
    const { value, exitCode } = await bureau.run(['dataset', 'evaluate', datasetId], [0, 1])
    passed = exitCode === 0
    const gates = listAt(value, 'report', 'gates').map((gate) => `${textAt(gate, 'gate')} ${textAt(gate, 'verdict')}`)
    return passed
      ? gates.join(', ')
      : [gates.join(', '), 'A gate blocks it: it cannot be published, so another is made.']
  })
  return passed
}

async function publish({ timeline, bureau }: Story, datasetId: string): Promise<void> {
  await timeline.step('publish', 'It signs the manifest and offers the dataset to members, for research', async () => {
    const { value } = await bureau.run(['dataset', 'publish', datasetId, '--purpose', allowedPurpose])
    return `manifest ${textAt(value, 'manifestId').slice(0, 23)}…, logged`
  })
}
