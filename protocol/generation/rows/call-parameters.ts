import type { RecipeModel } from '../../../schemas/row-recipe.ts'
import { type CounterRandom, randomStream } from './counter-random.ts'
import { indexPicker } from './distributions.ts'

function drawn(parameter: RecipeModel['temperature'], random: () => CounterRandom, row: number): number {
  if (typeof parameter === 'number') return parameter
  const unit = random().unit(row, 0)
  if ('uniform' in parameter) {
    const [low, high] = parameter.uniform
    return low + (high - low) * unit
  }
  const pick = indexPicker(parameter.weights ?? parameter.choose.map(() => 1))
  return parameter.choose[pick(unit)] ?? 0
}

/** Temperature and top-p of a call: a function of (run seed, column, row), the same at every attempt. */
export function callParameters(
  { temperature, topP }: RecipeModel,
  runSeed: Uint8Array,
  { column, row }: { readonly column: string; readonly row: number },
): { readonly temperature: number; readonly topP: number } {
  const stream = (parameter: string) => () => randomStream(runSeed, `model:${column}:${parameter}`)
  return {
    temperature: drawn(temperature, stream('temperature'), row),
    topP: drawn(topP, stream('topP'), row),
  }
}
