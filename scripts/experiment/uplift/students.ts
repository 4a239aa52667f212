import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { StatuteLanguage } from '../../demo/statutes.ts'
import type { TestQuestion } from './world.ts'

/** What a student said, by id of the question. */
export type Predictions = ReadonlyMap<string, string>

export interface StudentCommand {
  /** Shell command; gets the files of training and test and the training seed as its last three arguments. */
  readonly command: string
  /** Changes when the program behind the command does; part of the cache's key. */
  readonly version: string
}

const here = import.meta.dirname

export function builtInStudent(language: StatuteLanguage): StudentCommand {
  const sources = ['student-main.ts', 'student.ts', 'keys.ts', `forms-${language}.ts`].map((file) =>
    readFileSync(join(here, file)),
  )
  const version = createHash('sha256').update(Buffer.concat(sources)).digest('hex')
  return { command: `'${process.execPath}' '${join(here, 'student-main.ts')}' ${language}`, version }
}

export const testLines = (test: readonly TestQuestion[]): string =>
  test.map(({ id, question }) => `${JSON.stringify({ id, question })}\n`).join('')

export interface Lessons {
  readonly folder: string
  readonly train: string
  readonly test: readonly TestQuestion[]
  readonly seed: number
}

/** Trains and asks the student, or tells what the same one said before: same command, files and seed. */
export async function askStudent(
  student: StudentCommand,
  { folder, train, test, seed }: Lessons,
): Promise<Predictions> {
  const lines = testLines(test)
  const digest = createHash('sha256')
    .update(JSON.stringify([student.version, student.command, train, lines, seed]))
    .digest('hex')
  mkdirSync(folder, { recursive: true })
  const said = join(folder, `${digest}.predictions.jsonl`)
  if (!existsSync(said)) {
    const files = { train: join(folder, `${digest}.train.jsonl`), test: join(folder, `${digest}.test.jsonl`) }
    writeFileSync(files.train, train)
    writeFileSync(files.test, lines)
    writeFileSync(`${said}.new`, await outputOf(`${student.command} '${files.train}' '${files.test}' ${seed}`))
    renameSync(`${said}.new`, said)
  }
  return readPredictions(readFileSync(said, 'utf8'), test)
}

const Prediction = z.object({ id: z.string(), answer: z.string() })

/** One line of JSON per question; other lines, as trainers print them, are passed over. Throws when a question is not answered. */
export function readPredictions(text: string, test: readonly TestQuestion[]): Predictions {
  const predictions = new Map<string, string>()
  for (const line of text.split('\n').filter((each) => each.startsWith('{'))) {
    const prediction = Prediction.safeParse(JSON.parse(line))
    if (prediction.success) predictions.set(prediction.data.id, prediction.data.answer)
  }
  const missing = test.filter(({ id }) => !predictions.has(id))
  if (missing.length > 0)
    throw new Error(
      `the student answered ${missing.length} of ${test.length} questions not at all, ${missing[0]?.id} for one`,
    )
  return predictions
}

async function outputOf(command: string): Promise<string> {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new Error(`the student's command ended with code ${code}`)
  return Buffer.concat(pieces).toString('utf8')
}
