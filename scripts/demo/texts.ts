import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Story, listAt, textAt } from './story.ts'
import type { DemoNode } from './tanemaki-process.ts'

const example = 'examples/statutes'
const { TANEMAKI_DEMO_MODEL_URL: modelUrl, TANEMAKI_DEMO_MODEL: model = 'model' } = process.env

/** Before the publisher starts: the model that it may ask, where the person who runs the demonstration names one. */
export function listModel(publisher: DemoNode): void {
  if (modelUrl === undefined) return
  const endpoints = [{ name: 'demo', url: modelUrl }]
  writeFileSync(join(publisher.dataDir, 'endpoints.json'), JSON.stringify({ endpoints }), { mode: 0o600 })
}

/** From twenty Japanese questions and answers to a dataset that goes to the lab by name. */
export async function publishTexts(story: Story): Promise<void> {
  const { timeline, publisher, lab } = story
  await timeline.step(
    'texts',
    'A law publisher imports 20 Japanese questions and answers, and draws 50 personas',
    async () => {
      const schema = `--schema=${example}/schema.json`
      await publisher.run([
        'seeds',
        'import',
        `${example}/statutes-ja.jsonl`,
        '--name=statutes',
        schema,
        '--control-share=0',
      ])
      await publisher.run(['persona', 'sample', '--name=residents', '--count=50', '--language=ja'])
      return 'personas from the census tables of Japan 2020; the statute does not exist'
    },
  )
  let dataset = ''
  await timeline.step('rows', 'It crosses seeds with personas', async () => {
    const { value } = await publisher.run(['run', 'start', ...recipe()])
    dataset = textAt(value, 'dataset', 'name')
    const said = `${textAt(await shown(publisher, dataset), 'records')} rows`
    if (modelUrl !== undefined) return `${said}, written by ${model} and kept where validators and judge agree`
    return [
      `${said} by samplers and expressions alone: no language model is configured`,
      'With one: TANEMAKI_DEMO_MODEL_URL=http://127.0.0.1:8080/v1 TANEMAKI_DEMO_MODEL=NAME npm run demo',
    ]
  })
  await timeline.step(
    'textGates',
    'It measures the texts, answers for what has no control set, and names the lab',
    async () => {
      const { value } = await publisher.run(['dataset', 'evaluate', dataset], [0, 1])
      const gates = listAt(value, 'report', 'gates').map((gate) => `${textAt(gate, 'gate')} ${textAt(gate, 'verdict')}`)
      const statement = '--statement=Made from our own published regulations.'
      await publisher.run(['dataset', 'release', dataset, '--controlled', statement])
      await publisher.run(['dataset', 'publish', dataset, '--partner', lab.did])
      return [gates.join(', '), 'under controlled release: the statement stands in the signed manifest']
    },
  )
  await timeline.step('textCatalog', "The lab finds it in the publisher's catalog", async () => {
    const { value } = await lab.run(['catalog', 'browse', publisher.did])
    return listAt(value, 'datasets').map((found) => textAt(found, 'title'))
  })
}

function recipe(): string[] {
  if (modelUrl === undefined) return [`${example}/occasions-ja.yaml`]
  const models = ['writer', 'critic'].flatMap((name) => ['--model', `${name}=demo/${model}`])
  return ['legal-qa-ja', ...models, '--target=20', '--max-candidates=100']
}

async function shown(node: DemoNode, dataset: string): Promise<unknown> {
  return (await node.run(['dataset', 'show', dataset])).value
}
