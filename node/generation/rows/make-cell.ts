import { readJudgement, judgementSchema } from '../../../protocol/generation/rows/judge.ts'
import { readStructured } from '../../../protocol/generation/rows/answer-json.ts'
import type { PlannedColumn } from '../../../protocol/generation/rows/compile.ts'
import { convertText } from '../../../protocol/generation/rows/convert.ts'
import { runValidators } from '../../../protocol/generation/rows/validate.ts'
import { hashedEmbedding } from '../../../protocol/text/embedding.ts'
import type { CellValue } from '../../../schemas/row-columns.ts'
import { createAsking } from './asking.ts'
import type { OpenRow, RowMaking } from './make-row.ts'
import { CellRejected } from './run-stopped.ts'

/** Writes the cell of one column into the row; undefined when it is there at once. Throws or rejects CellRejected. */
export type CellMaker = (planned: PlannedColumn, row: OpenRow) => Promise<void> | undefined

