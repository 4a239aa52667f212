import { consumerCases } from './as-consumer.ts'
import { providerCases } from './as-provider.ts'
import { handCases } from './by-hand.ts'
import { runCases } from './cases.ts'
import { openScene } from './scene.ts'

/** Only its name is used: nothing is fetched from there. */
const PUBLIC_ENDPOINT = 'http://localhost:1/public'

/** Exchanges with a running Eclipse EDC connector, in both directions. `args`: a pattern of the cases to run. */
export async function edcConformance(args: readonly string[]): Promise<boolean> {
  await using scene = await openScene(PUBLIC_ENDPOINT)
  console.log(`Eclipse EDC ${scene.edc.version} and ${scene.node.did}`)
  const cases = [...consumerCases(scene), ...handCases(scene), ...providerCases(scene, PUBLIC_ENDPOINT)]
  return await runCases(cases, new RegExp(args[0] ?? '', 'i'))
}
