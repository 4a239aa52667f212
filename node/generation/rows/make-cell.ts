import { expressionCell } from '../../../protocol/generation/rows/local-cells.ts'
import { textOf } from '../../../protocol/generation/rows/templates/values.ts'
import { validationCell } from '../../../protocol/generation/rows/validate.ts'
import type { PlannedEmbedding, PlannedValidation } from '../../../protocol/generation/rows/row-plan.ts'
import { hashedEmbedding } from '../../../protocol/text/embedding.ts'
import type { CellValue } from '../../../schemas/row-columns.ts'
import { sha256Hex, utf8 } from '../../../protocol/canonical/hash.ts'
import { canonicalBytes } from '../../../protocol/canonical/jcs.ts'
import { type Asker, createAsker } from './asking.ts'
import type { MadeColumn, OpenRow, RowMaking } from './make-row.ts'
import { CellRejected, RunStopped } from './run-stopped.ts'

/** Writes the cell of one column into the row; undefined when it is there at once. Throws or rejects CellRejected. */
export type CellMaker = (planned: MadeColumn, row: OpenRow) => Promise<void> | undefined

export function createCellMaker(making: RowMaking): CellMaker {
  const askers = new Map<string, Asker>()
  for (const planned of making.plan.columns) {
    if (planned.kind === 'answer') askers.set(planned.name, createAsker(planned, making))
  }
  const needsValid = making.plan.acceptWhen === undefined
  return (planned, row) => {
    if (planned.kind === 'expression') row.cells[planned.name] = expressionCell(planned, row.cells)
    else if (planned.kind === 'validation') row.cells[planned.name] = validated(planned, row, needsValid)
    else if (planned.kind === 'embedding') return embed(planned, row, making)
    else {
      const ask = askers.get(planned.name)
      return ask?.(row).then((value) => {
        row.cells[planned.name] = value
      })
    }
    return undefined
  }
}

/** A row that only valid cells make acceptable is given up at the first that is not. */
function validated(planned: PlannedValidation, row: OpenRow, needsValid: boolean): CellValue {
  const cell = validationCell(planned, row.cells)
  const failed = cell['failed']
  if (needsValid && Array.isArray(failed) && failed.length > 0)
    throw new CellRejected(`validator:${textOf(failed[0] ?? null)}`)
  return cell
}

function embed({ name, column }: PlannedEmbedding, row: OpenRow, making: RowMaking): Promise<void> | undefined {
  const text = textsOf(row.cells[column.target])
  if (column.model === undefined) {
    row.cells[name] = text.map((each) => [...hashedEmbedding(each)])
    return undefined
  }
  return askForVectors({ column: name, model: column.model, texts: text }, row, making).then((vectors) => {
    row.cells[name] = vectors
  })
}

function textsOf(value: CellValue | undefined): string[] {
  if (Array.isArray(value)) return value.map(String)
  return [typeof value === 'string' ? value : JSON.stringify(value ?? null)]
}

async function askForVectors(
  { column, model: alias, texts }: { column: string; model: string; texts: string[] },
  row: OpenRow,
  { plan, models, answers }: RowMaking,
): Promise<CellValue> {
  const model = plan.recipe.models[alias]
  const endpoint = model && models.endpoint(model.endpoint)
  if (model === undefined || endpoint === undefined) {
    throw new RunStopped(`model "${alias}" has no endpoint on this node`, 'Add it to endpoints.json.')
  }
  const request = {
    model: model.model,
    texts,
    ...(model.dimensions === undefined ? {} : { dimensions: model.dimensions }),
  }
  const question = { endpoint, ask: { kind: 'embedding' as const, request }, index: row.index, column }
  const { key, answer } = await answers.get(question, row.signal)
  if (answer.kind !== 'embedding') throw new TypeError('a text was kept for an embedding')
  const vectors = answer.vectors.map((vector) => [...vector])
  const digest = sha256Hex(utf8(`${key}\0${JSON.stringify(vectors)}`))
  const { servedModel, usage } = answer
  const prompt = sha256Hex(canonicalBytes(texts))
  row.calls.push({ column, attempt: 0, model: model.model, servedModel, request: key, prompt, answer: digest, usage })
  return vectors
}
