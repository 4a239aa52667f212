import { consumerCases } from './as-consumer.ts'
import { runCases } from './cases.ts'
import { openScene } from './scene.ts'

/** Exchanges with a running Eclipse EDC connector, in both directions. `args`: a pattern of the cases to run. */
export async function edcConformance(args: readonly string[]): Promise<boolean> {
  await using scene = await openScene('http://localhost:1/public')
  console.log(`Eclipse EDC ${scene.edc.version} and ${scene.node.did}`)
  return await runCases([...consumerCases(scene)], new RegExp(args[0] ?? '', 'i'))
}
