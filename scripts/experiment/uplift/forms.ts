import type { StatuteLanguage, StatuteSeed } from '../../demo/statutes.ts'
import { english } from './forms-en.ts'
import { japanese } from './forms-ja.ts'

type Kind = StatuteSeed['kind']
type ByKind = Readonly<Record<Kind, readonly string[]>>

/** All that is said in one language. `{thing}` and `{key}` are filled in. */
export interface Forms {
  /** Of the test alone; nothing that generates ever sees them. */
  readonly heldOut: ByKind
  /** Two facts of one article, by the kinds of both. */
  readonly twoFacts: readonly { readonly kinds: readonly [Kind, Kind]; readonly form: string }[]
  /** Asked about things of the statute, which says nothing about it. */
  readonly unanswerable: readonly string[]
  /** Things that the statute does not know. */
  readonly unknownThings: readonly string[]
  /** What an honest answer says then, and what is taken for it. */
  readonly abstention: string
  readonly abstentions: RegExp
  /** What the scripted paraphraser can say. */
  readonly rewritten: ByKind
  readonly openings: readonly string[]
  readonly closings: readonly string[]
  readonly answered: ByKind
  readonly nameless: string
  /** A number with a unit, as an answer has it. */
  readonly quantity: RegExp
  /** The article's thing, in its passage. */
  readonly thingOf: RegExp
  /** Prompts of the recipes, and the labels that the scripted paraphraser finds its material by. */
  readonly system: string
  readonly labels: Readonly<Record<'passage' | 'answer' | 'original' | 'person', string>>
  readonly askQuestion: string
  readonly askAsPersona: string
  readonly askAnswer: string
}

export const forms: Readonly<Record<StatuteLanguage, Forms>> = { en: english, ja: japanese }
