// npm run faults:runs -- [KILLS]: kills a node with SIGKILL at KILLS random moments (default 50) of one run of 2,000 rows with
// three answers each, and compares its dataset with that of an undisturbed run on another node, byte for byte.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApiClient } from '../../node/cli/api-client.ts'
import { DatasetRecord } from '../../schemas/datasets.ts'
import { RowRecipe } from '../../schemas/row-recipe.ts'
import { Run } from '../../schemas/runs.ts'
import { type PacedEndpoint, startPacedEndpoint } from '../bench/paced-process.ts'
import type { DemoNode } from '../demo/tanemaki-process.ts'
import { freePort } from '../free-port.ts'
import { startedNode } from './exchange-pair.ts'
import { check, pause } from './outcome.ts'

const rows = 2000
const capacity = 16
const maxTokens = 256
const runSeed = '07'.repeat(32)

const recipe = RowRecipe.parse({
  kind: 'rows',
  name: 'killed',
  models: { writer: { endpoint: 'paced', model: 'paced', maxTokens, temperature: { uniform: [0.2, 1] } } },
  validators: { short: { kind: 'length', max: 360 } },
  columns: [
    { name: 'mark', type: 'sampler', sampler: { kind: 'uuid' } },
    { name: 'text', type: 'llm-text', model: 'writer', prompt: 'Write about {{ mark }}.' },
    {
      name: 'facts',
      type: 'llm-structured',
      model: 'writer',
      prompt: 'What does it say? {{ text }}',
      schema: { type: 'object', properties: { claim: { type: 'string' } }, required: ['claim'] },
    },
    { name: 'title', type: 'llm-text', model: 'writer', prompt: 'A title for {{ facts.claim }}' },
    { name: 'checked', type: 'validation', targets: ['text'], validators: ['short'], drop: true },
  ],
  accept: { target: rows, maxCandidates: 4 * rows },
})

async function openNode(name: string, root: string, url: string): Promise<DemoNode> {
  const node = await startedNode({ name, root, settings: [] }, [await freePort(), await freePort()])
  const endpoints = [{ name: 'paced', url, maxConcurrency: capacity }]
  writeFileSync(join(node.dataDir, 'endpoints.json'), JSON.stringify({ endpoints }), { mode: 0o600 })
  await node.stop()
  await node.start()
  return node
}

const api = (node: DemoNode) => createApiClient(node.dataDir)

async function stateOf(node: DemoNode, id: string): Promise<Run> {
  return api(node).get(`/runs/${encodeURIComponent(id)}`, Run)
}

async function untilEnd(node: DemoNode, id: string): Promise<void> {
  for (;;) {
    const { state, error } = await stateOf(node, id)
    check(state !== 'failed', `the run does not fail (${error ?? ''})`)
    if (state === 'completed') return
    await pause(50)
  }
}

/** Digests of the files of the run's dataset. */
async function digestsOf(node: DemoNode): Promise<string[]> {
  const dataset = await api(node).get('/datasets/killed', DatasetRecord)
  check(dataset.records === rows, `the dataset has ${rows} rows, not ${dataset.records}`)
  return dataset.resources.map(({ name, digest }) => `${name} ${digest.sha256}`)
}

interface Disturbed {
  readonly kills: number
  /** Calls that were on their way when the node was killed, over all kills. */
  readonly underWay: number
}

/** Kills while the run generates; the last kills are left out when it ends before them. */
async function disturb(
  node: DemoNode,
  id: string,
  { kills, paced }: { kills: number; paced: PacedEndpoint },
): Promise<Disturbed> {
  let done = 0
  let underWay = 0
  while (done < kills) {
    await pause(150 + Math.random() * 500)
    if ((await stateOf(node, id)).state !== 'generating') break
    const before = (await paced.report()).underWay
    await node.kill()
    underWay += Math.max(before, (await paced.report()).underWay)
    done += 1
    await node.start()
  }
  return { kills: done, underWay }
}

if (import.meta.main) {
  const kills = Number(process.argv[2] ?? 50)
  const root = '.bench/kill-runs'
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true })
  const paced = await startPacedEndpoint({ capacity, latencyMs: 20, counted: maxTokens })
  const calm = await openNode('calm', root, paced.url)
  const disturbed = await openNode('disturbed', root, paced.url)
  try {
    const first = await api(calm).post('/runs', { recipe, runSeed }, Run)
    await untilEnd(calm, first.id)
    const expected = await digestsOf(calm)
    const { calls } = await paced.report()
    await paced.reset({ capacity, latencyMs: 100, counted: maxTokens })
    const started = performance.now()
    const second = await api(disturbed).post('/runs', { recipe, runSeed }, Run)
    const outcome = await disturb(disturbed, second.id, { kills, paced })
    await untilEnd(disturbed, second.id)
    const same = (await digestsOf(disturbed)).join() === expected.join()
    const asked = await paced.report()
    const repeated = asked.calls - asked.distinct
    const seconds = Math.round((performance.now() - started) / 1000)
    console.log(`undisturbed: ${rows} rows, ${calls} calls`)
    console.log(`disturbed: ${outcome.kills} kills in ${seconds} s, ${repeated} calls repeated`)
    console.log(`files ${same ? 'are the same, byte for byte' : 'DIFFER'}`)
    check(same, 'the files of both runs are the same')
    check(repeated <= outcome.underWay, 'no more calls are repeated than were under way')
    console.log(`RESULT ${JSON.stringify({ ...outcome, calls, repeated, same })}`)
  } finally {
    await Promise.all([calm.stop(), disturbed.stop()])
    await paced[Symbol.asyncDispose]()
  }
}
