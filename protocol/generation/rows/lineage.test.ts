import { createHash, createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineageRecord } from '../../../schemas/lineage.ts'
import type { Outcome } from '../../../schemas/outcomes.ts'
import { RowRecipe } from '../../../schemas/row-recipe.ts'
import { Sha256 } from '../../../schemas/ids.ts'
import { legalRecipe } from '../../../test/legal-recipe.ts'
import { digestHex, fromHex, toHex, utf8 } from '../../canonical/hash.ts'
import type { RowHashing } from '../seed-commitment.ts'
import { compileRecipe } from './compile.ts'
import { chooseRows } from './lineage-checks/choose-rows.ts'
import {
  answerDigest,
  callSalt,
  createLineageTrees,
  lineageCommitment,
  promptCommitment,
  recordSalt,
  replayableColumns,
  rowLeaf,
} from './lineage.ts'

const hashing: RowHashing = {
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  hmac: (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest()),
}
const secret = new Uint8Array(32).fill(7)
const plan = compileRecipe(RowRecipe.parse(legalRecipe))
if ('code' in plan) throw new Error(plan.detail)

const record = LineageRecord.parse({
  row: 0,
  candidate: 2,
  sources: { statutes: 1 },
  skipped: [],
  drawn: { tone: 'plain' },
  validations: {},
  judgements: {},
  calls: [],
  output: '00'.repeat(32),
})

/** The vector of docs/spec/lineage.md, reckoned with another library and its text written out. */
test('a record is committed to byte for byte as the specification says', () => {
  const salt = createHmac('sha256', secret).update(Buffer.alloc(8)).digest()
  const canonical =
    `{"calls":[],"candidate":2,"drawn":{"tone":"plain"},"judgements":{},"output":"${'00'.repeat(32)}",` +
    '"row":0,"skipped":[],"sources":{"statutes":1},"validations":{}}'
  const expected = createHash('sha256')
    .update('urn:tanemaki:lineage-record:v1\0')
    .update(salt)
    .update(canonical)
    .digest('hex')
  expect(toHex(lineageCommitment(record, recordSalt(secret, 0, hashing), hashing))).toBe(expected)
  expect(expected).toBe('747bee2dff7bdba72e5a06fc2480670355d6915d5897de2718e522dc14ee901b')
})

test('a row’s leaf is that of its canonical form, whatever the order of its columns', () => {
  const expected = createHash('sha256')
    .update(Buffer.from([0]))
    .update('{"a":1,"b":null}')
    .digest('hex')
  expect(toHex(rowLeaf({ b: null, a: 1 }, hashing))).toBe(expected)
})

test('no two salts of a run are the same', () => {
  const place = fc.record({ row: fc.nat(), call: fc.nat(1000) })
  fc.assert(
    fc.property(place, place, (a, b) => {
      const [one, other] = [callSalt(secret, a, hashing), callSalt(secret, b, hashing)]
      expect(toHex(one) === toHex(other)).toBe(a.row === b.row && a.call === b.call)
      expect(toHex(recordSalt(secret, a.row, hashing))).not.toBe(toHex(one))
    }),
  )
})

test('what anyone can replay are samplers, and expressions over them alone', () => {
  expect([...replayableColumns(plan)].toSorted()).toEqual(['label', 'tone'])
})

const outcome: Outcome = {
  index: 5,
  verdict: 'accepted',
  sources: { statutes: 3, people: 1 },
  skipped: [],
  cells: {
    article: { text: 'secret passage' },
    persona: { persona: 'a pilot' },
    tone: 'plain',
    question: 'why?',
    answer: 'because',
    judge: { grounded: { reasoning: 'secret passage says so', score: 1 } },
    checks: { valid: true, failed: [], copied: { valid: true, share: 0.1 } },
    label: 'PLAIN',
  },
  calls: [
    {
      column: 'question',
      attempt: 0,
      model: 'small',
      servedModel: 'small-q4',
      requestSeed: 9,
      request: digestHex(hashing.sha256(utf8('request'))),
      prompt: digestHex(hashing.sha256(utf8('prompt'))),
      answer: answerDigest(digestHex(hashing.sha256(utf8('request'))), 'why?', hashing),
      usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 },
    },
  ],
}

test('a record names what a row was made from without a word of it, and no digest that could be guessed', () => {
  const records: LineageRecord[] = []
  const trees = createLineageTrees(plan, { secret, hashing }, (made) => records.push(made))
  trees.add(outcome, { messages: '[]' })
  const [made] = records
  expect(made).toMatchObject({
    row: 0,
    candidate: 5,
    sources: { statutes: 3, people: 1 },
    drawn: { tone: 'plain', label: 'PLAIN' },
    validations: { checks: { valid: true, failed: [] } },
    judgements: { judge: { grounded: 1 } },
  })
  const said = JSON.stringify(made)
  for (const text of ['secret', 'pilot', 'why', 'because']) expect(said).not.toContain(text)
  const [call] = outcome.calls
  for (const digest of [call?.prompt, call?.answer]) expect(said).not.toContain(digest)
  const salt = callSalt(secret, { row: 0, call: 0 }, hashing)
  expect(made?.calls[0]?.prompt).toBe(promptCommitment(Sha256.parse(call?.prompt), salt, hashing))
})

test('roots depend on every row and on the secret', () => {
  const rootsOf = (key: Uint8Array, answers: readonly string[]) => {
    const trees = createLineageTrees(plan, { secret: key, hashing })
    for (const answer of answers) trees.add(outcome, { answer })
    return trees.roots()
  }
  const roots = rootsOf(secret, ['a', 'b'])
  expect(rootsOf(secret, ['b', 'a']).rowRoot).not.toBe(roots.rowRoot)
  expect(rootsOf(fromHex('08'.repeat(32)), ['a', 'b'])).toMatchObject({ rowRoot: roots.rowRoot })
  expect(rootsOf(fromHex('08'.repeat(32)), ['a', 'b']).lineageRoot).not.toBe(roots.lineageRoot)
})

test('a beacon draws distinct rows evenly, and the same ones for everybody', () => {
  const drawn = chooseRows({ manifestId: 'sha256:m', beacon: 'b' }, { count: 5, rows: 100 })
  expect(drawn).toEqual(chooseRows({ manifestId: 'sha256:m', beacon: 'b' }, { count: 5, rows: 100 }))
  expect(new Set(drawn).size).toBe(5)
  expect(chooseRows({ manifestId: 'sha256:m', beacon: 'b' }, { count: 9, rows: 3 })).toEqual([0, 1, 2])
  expect(chooseRows({ manifestId: 'sha256:n', beacon: 'b' }, { count: 5, rows: 100 })).not.toEqual(drawn)
  const uses = new Map<number, number>()
  for (let beacon = 0; beacon < 500; beacon += 1) {
    for (const row of chooseRows({ manifestId: 'sha256:m', beacon: String(beacon) }, { count: 2, rows: 10 })) {
      uses.set(row, (uses.get(row) ?? 0) + 1)
    }
  }
  for (let row = 0; row < 10; row += 1) expect(uses.get(row) ?? 0).toBeGreaterThan(60)
})
