import * as z from 'zod'
import type { DemoNode } from '../../demo/tanemaki-process.ts'
import { type DatasetShown, type Example, readExamples } from './generate.ts'

const Evaluated = z.object({
  report: z.object({ gates: z.array(z.object({ gate: z.string(), verdict: z.string() })) }),
})
const Copies = z.object({
  copies: z.array(z.object({ id: z.string(), datasetId: z.string(), state: z.string() }).loose()),
})
const CopyShown = z.object({ copy: z.object({ id: z.string(), manifestId: z.string().optional() }), path: z.string() })
const Agreed = z.object({ agreement: z.object({ '@id': z.string() }) })

export interface Federated {
  readonly examples: readonly Example[]
  readonly gates: string
}

/**
 * The partner's dataset the way that every dataset goes from member to member: measured against the rulebook's gates, released under
 * the owner's name, published, agreed on, pulled and verified. Returns what the copy holds.
 */
export async function pullFrom(provider: DemoNode, dataset: DatasetShown, consumer: DemoNode): Promise<Federated> {
  const gates = dataset.state === 'draft' ? await publish(provider, dataset, consumer) : 'published before'
  const held = Copies.parse((await consumer.run(['copy', 'list'])).value).copies
  const copy = held.find((each) => each.datasetId === dataset.id)
  const path = copy === undefined ? await agreeAndPull(provider, dataset, consumer) : await shownPath(consumer, copy.id)
  return { examples: await readExamples(path), gates }
}

async function publish(provider: DemoNode, { id }: DatasetShown, consumer: DemoNode): Promise<string> {
  const { value } = await provider.run(['dataset', 'evaluate', id], [0, 1])
  const gates = Evaluated.parse(value).report.gates.map(({ gate, verdict }) => `${gate} ${verdict}`)
  await provider.run([
    'dataset',
    'release',
    id,
    '--controlled',
    '--statement',
    'Made from a statute that does not exist.',
  ])
  await provider.run(['dataset', 'publish', id, '--partner', consumer.did, '--derivation'])
  return gates.join(', ')
}

async function agreeAndPull(provider: DemoNode, { id }: DatasetShown, consumer: DemoNode): Promise<string> {
  const { value } = await consumer.run(['exchange', 'request', provider.did, id])
  const pulled = await consumer.run(['copy', 'pull', Agreed.parse(value).agreement['@id']])
  return CopyShown.parse(pulled.value).path
}

const shownPath = async (consumer: DemoNode, copy: string): Promise<string> =>
  CopyShown.parse((await consumer.run(['copy', 'show', copy])).value).path
