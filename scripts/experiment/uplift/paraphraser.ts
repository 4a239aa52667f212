import type { StatuteLanguage, StatuteSeed } from '../../demo/statutes.ts'
import { chosen, shuffledBy, unitOf } from './draws.ts'
import { type Forms, forms } from './forms.ts'
import { claimsIn } from './keys.ts'

export const paraphraserModel = 'scripted-paraphraser'

/** Mistakes that the script makes on purpose, as shares of its answers, so that filters have something to find. */
export const plantedMistakes = { wrongNumber: 0.08, namelessQuestion: 0.05, copiedQuestion: 0.05 }

/**
 * The scripted paraphraser: no model, but a table of question forms. Without a person in the prompt it falls back on the same few
 * forms (Zipf weights over one order); a person's text gives an order of its own, an opening and a closing, by hash: the script
 * understands nobody. The answer is a function of prompt and request seed. Undefined: the prompt is none of the experiment's.
 */
export function paraphrase(prompt: string, seed: number, language: StatuteLanguage): string | undefined {
  const said = forms[language]
  const labelled = (label: string) =>
    prompt
      .split('\n')
      .find((line) => line.startsWith(label))
      ?.slice(label.length)
  const thing = said.thingOf.exec(labelled(said.labels.passage) ?? '')?.[1]
  const [claim] = claimsIn(labelled(said.labels.answer) ?? '', language)
  if (claim === undefined || thing === undefined) return undefined
  const draw = `${seed} ${prompt}`
  const original = labelled(said.labels.original)
  if (original === undefined) return answered(said, { draw, kind: claim.kind, key: claim.text })
  if (unitOf(draw, 'copied') < plantedMistakes.copiedQuestion) return original
  const name = unitOf(draw, 'nameless') < plantedMistakes.namelessQuestion ? said.nameless : thing
  return asked(said, { draw, kind: claim.kind, person: labelled(said.labels.person) }).replaceAll('{thing}', name)
}

interface Asked {
  readonly draw: string
  readonly kind: StatuteSeed['kind']
  readonly person: string | undefined
}

function asked(said: Forms, { draw, kind, person }: Asked): string {
  const order = shuffledBy(said.rewritten[kind], 'order', person ?? '')
  const form = byZipf(order, unitOf(draw, 'form'))
  if (person === undefined) return form
  return `${chosen(said.openings, 'opening', person)}${form}${chosen(said.closings, 'closing', person)}`
}

/** The item of rank r (from 1) with a weight of 1/r. */
function byZipf(items: readonly string[], unit: number): string {
  const total = items.reduce((sum, _, at) => sum + 1 / (at + 1), 0)
  let left = unit * total
  return items.find((_, at) => (left -= 1 / (at + 1)) < 0) ?? items.at(-1) ?? ''
}

function answered(said: Forms, { draw, kind, key }: { draw: string; kind: StatuteSeed['kind']; key: string }): string {
  const wrong = unitOf(draw, 'wrong') < plantedMistakes.wrongNumber
  const told = wrong ? key.replace(/\d+/u, (number) => String(Number(number) + 1 + Math.floor(unitOf(draw) * 9))) : key
  return chosen(said.answered[kind], draw, 'answer').replace('{key}', told)
}
