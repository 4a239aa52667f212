import type { AuditCheck } from '../../../../schemas/audit.ts'
import type { LineageVerification, RunDisclosure, VerificationLevel } from '../../../../schemas/lineage.ts'
import { digestHex } from '../../../canonical/hash.ts'
import { createTreeBuilder } from '../../../canonical/merkle.ts'
import { Faults, type Finding } from '../../../ledger/verify-bundle/bundle.ts'
import type { RowHashing } from '../../seed-commitment.ts'
import { compileRecipe } from '../compile.ts'
import { rowLeaf } from '../lineage.ts'
import type { RowPlan } from '../row-plan.ts'
import type { Disclosed, DisclosedDataset, PublishedRow } from './disclosed.ts'
import { checkFunnel, checkLineage, checkRowRoot } from './level-0.ts'
import { checkAcceptance, checkDrawn, checkParameters, checkRecipe, checkRunSeed, checkWalk } from './level-1.ts'
import { createDataMeasures, type DataMeasuring } from './level-2.ts'
import { checkAnswers, checkCells, checkOpened, checkPrompts, checkSeeds } from './level-3.ts'

export interface DisclosureChecking extends DataMeasuring {
  readonly level: VerificationLevel
  readonly hashing: RowHashing
}

/** What each level leaves open; told with every result. */
export const UNPROVEN: readonly string[] = [
  'Level 0 does not show how a row came about: a node can commit to anything.',
  'Level 1 does not show that a model was asked, or that checks and scores are what they are said to be: it holds what the node disclosed against the recipe.',
  'Level 2 does not show that rows are far from seeds which are not disclosed: that remains the word of the node.',
  'Level 3 shows for the opened rows what was asked and what is said to have been answered; not that the named model gave this answer, unless it is asked again on the same stack. Rows that the node picked itself are no sample: have them drawn from a beacon.',
]

type Check = readonly [string, (disclosed: Disclosed) => Finding]

const LEVELS: readonly (readonly Check[])[] = [
  [
    ['rows', checkRowRoot],
    ['funnel', checkFunnel],
    ['lineage', checkLineage],
  ],
  [
    ['recipe', checkRecipe],
    ['run-seed', checkRunSeed],
    ['order', checkWalk],
    ['drawn', checkDrawn],
    ['parameters', checkParameters],
    ['acceptance', checkAcceptance],
  ],
  [],
  [
    ['opened', checkOpened],
    ['seeds', checkSeeds],
    ['prompts', checkPrompts],
    ['answers', checkAnswers],
    ['cells', checkCells],
  ],
]

/**
 * Checks a disclosure against a dataset up to a level (docs/spec/lineage.md §5), in one pass over the rows. Signature and files of the
 * manifest are the caller's, who has keys and disk: `before` are its checks.
 */
export async function checkDisclosure(
  disclosure: RunDisclosure,
  dataset: DisclosedDataset,
  { level, hashing, before = [], ...measuring }: DisclosureChecking & { readonly before?: readonly AuditCheck[] },
): Promise<LineageVerification> {
  const plan = compileRecipe(disclosure.recipe)
  if ('code' in plan) {
    const faults = new Faults()
    faults.add('recipe', `the recipe is none: ${plan.detail}`)
    return verification(level, [...before, { id: 'recipe', ...faults.finding('') }])
  }
  const measures = level >= 2 ? createDataMeasures(plan, measuring) : undefined
  const onRow = measures === undefined ? () => {} : (row: PublishedRow) => measures.add(row)
  const disclosed = await readRows({ disclosure, dataset, plan, hashing }, onRow)
  const checks: AuditCheck[] = [...before]
  for (const [at, group] of LEVELS.entries()) {
    if (at > level) break
    for (const [id, check] of group) checks.push({ id, ...check(disclosed) })
    if (at === 2) for (const { id, finding } of measures?.checks(disclosed) ?? []) checks.push({ id, ...finding })
  }
  return verification(level, checks)
}

function verification(level: VerificationLevel, checks: readonly AuditCheck[]): LineageVerification {
  const verdict = checks.some((check) => check.verdict === 'fail') ? 'fail' : 'pass'
  return { level, verdict, checks: [...checks], unproven: UNPROVEN.slice(0, level + 1) }
}

interface Reading {
  readonly disclosure: RunDisclosure
  readonly dataset: DisclosedDataset
  readonly plan: RowPlan
  readonly hashing: RowHashing
}

async function readRows(reading: Reading, onRow: (row: PublishedRow) => void): Promise<Disclosed> {
  const wanted = new Set(reading.disclosure.records.map(({ record }) => record.row))
  const published = new Map<number, PublishedRow>()
  const tree = createTreeBuilder({ hash: reading.hashing.sha256 })
  for await (const row of reading.dataset.rows()) {
    if (wanted.has(tree.size)) published.set(tree.size, row)
    tree.append(rowLeaf(row, reading.hashing))
    onRow(row)
  }
  return { ...reading, published, counted: tree.size, rowRoot: digestHex(tree.root()) }
}
