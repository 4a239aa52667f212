import type { GateThresholds, TextDetail } from '../../schemas/evaluation.ts'
import { createPersonalDataScan } from './personal-data.ts'
import type { PublishedRow, SeedTexts } from './published-texts.ts'
import { createTextCopies } from './text-copies.ts'
import { textBlocks, VerbatimSpans } from './verbatim-spans.ts'

export interface TextsInput {
  /** Published columns with free texts. */
  readonly columns: readonly string[]
  readonly training: SeedTexts
  readonly control: SeedTexts
  readonly thresholds: GateThresholds
  /** 32 bytes that fix subsamples. */
  readonly seed: Uint8Array
  /** Reads the published rows from the first to the last, again each time. */
  readonly read: () => AsyncIterable<readonly PublishedRow[]>
  readonly onRows?: (rows: number) => void
}

/**
 * Measures published strings against the texts of the seeds, row by row, so that memory holds the seeds' texts and one automaton of bounded size,
 * never the dataset. Personal data are looked for in every string; copies and spans where both sides have texts.
 */
export async function measureTexts(input: TextsInput): Promise<TextDetail> {
  const { columns, training, control, thresholds, seed } = input
  const compared = columns.length > 0 && training.rows.some((texts) => texts.length > 0)
  const scan = createPersonalDataScan(training, control)
  const copies = compared && thresholds.gates.G1 !== undefined ? createTextCopies(training, control, seed) : undefined
  const rows = await eachRow(input, (row) => {
    scan.add(row.strings)
    copies?.add(row.texts)
  })
  const spans =
    compared && thresholds.gates.G9 !== undefined ? await measureSpans(input, thresholds.gates.G9) : undefined
  return {
    columns: [...columns],
    rows,
    seeds: {
      training: training.rows.flat().length,
      control: control.rows.flat().length,
      public: training.publicTexts.length + control.publicTexts.length,
    },
    complete: training.complete && control.complete,
    personalData: scan.detail(),
    ...(copies === undefined ? {} : { copies: copies.detail() }),
    ...(spans === undefined ? {} : { spans: spans.detail() }),
  }
}

async function measureSpans(
  input: TextsInput,
  thresholds: NonNullable<GateThresholds['gates']['G9']>,
): Promise<VerbatimSpans> {
  const { training, control } = input
  const spans = new VerbatimSpans(thresholds)
  for (const block of textBlocks(training.rows.flat())) {
    await eachRow(input, ({ texts }, row) => spans.compare(row, texts, block))
  }
  for (const block of textBlocks([...control.rows.flat(), ...training.publicTexts, ...control.publicTexts])) {
    spans.mask(block)
  }
  return spans
}

async function eachRow(input: TextsInput, visit: (row: PublishedRow, number: number) => void): Promise<number> {
  let number = 0
  for await (const batch of input.read()) {
    for (const row of batch) {
      visit(row, number)
      number += 1
    }
    input.onRows?.(number)
  }
  return number
}
