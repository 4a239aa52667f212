import { describe, expect, test } from 'vitest'
import { population, populationSchema } from '../../test/example-population.ts'
import { baselineV1, type FullReport, type GateId, GateThresholds, type TextDetail } from '../../schemas/evaluation.ts'
import { decidePublication } from './decide.ts'
import { evaluateTable } from './evaluate-table.ts'
import { measureTexts } from './measure-texts.ts'
import { noSeedTexts, type SeedTexts, textsOfCell } from './published-texts.ts'

const { G0, G1, G8, G9 } = baselineV1.gates
const thresholds = GateThresholds.parse({ ...baselineV1, gates: { G0, G1, G8, G9 } })
const seed = new Uint8Array(32).fill(5)

const subjects =
  '届出 申請 許可 検査 報告 登録 更新 変更 廃止 承認 公表 通知 審査 監督 補助 委託 認定 指定 保存 閲覧'.split(' ')
const actors =
  '市長 知事 大臣 委員会 事業者 管理者 所有者 設置者 使用者 受託者 審査会 組合 法人 住民 代理人 監査人'.split(' ')

/** A text of its own for each number: no two share a long span. */
function text(number: number): string {
  let state = Math.imul(number + 1, 0x9e3779b1) >>> 0
  const pick = (list: readonly string[]): string => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return list[(state >>> 8) % list.length] ?? ''
  }
  return Array.from(
    { length: 8 },
    () => `${pick(actors)}の${pick(subjects)}は${pick(subjects)}を${(state >>> 10) % 99_991}日`,
  ).join('、')
}
const texts = (from: number, count: number): string[] => Array.from({ length: count }, (_, at) => text(from + at))
const seeds = (rows: readonly string[], more: Partial<SeedTexts> = {}): SeedTexts => ({
  ...noSeedTexts,
  rows: rows.map((each) => [each]),
  ...more,
})

const training = seeds(texts(0, 200))
const control = seeds(texts(10_000, 200))

async function measured(
  published: readonly string[],
  change: { training?: SeedTexts; control?: SeedTexts } = {},
): Promise<TextDetail> {
  return measureTexts({
    columns: ['answer'],
    training,
    control,
    thresholds,
    seed,
    read: async function* read() {
      yield published.map((each) => ({ strings: [each], texts: textsOfCell(each) }))
    },
    ...change,
  })
}

/** Report of a dataset that has texts only. */
function judged(detail: TextDetail, rows: { training?: number; control?: number } = {}): FullReport {
  const table = (count: number) => ({ rows: count, columns: [] })
  return evaluateTable({
    schema: { ...populationSchema, subject: 'organisation' },
    thresholds,
    training: table(rows.training ?? 600),
    control: table(rows.control ?? 600),
    synthetic: table(detail.rows),
    texts: detail,
    evidence: { drawnBeforeGeneration: true, disjointByUnit: true },
    seed,
  })
}
const gate = (report: FullReport, id: GateId) => report.gates.find((each) => each.gate === id)
const verdictOf = (report: FullReport, id: GateId) => gate(report, id)?.verdict

describe('texts that copy nobody', () => {
  test('pass every gate on texts', async () => {
    const report = judged(await measured(texts(50_000, 200)))
    expect(report.gates.map(({ gate, verdict }) => `${gate} ${verdict}`)).toEqual([
      'G0 pass',
      'G1 pass',
      'G8 pass',
      'G9 pass',
    ])
    expect(decidePublication(report, thresholds).publishable).toBe(true)
  })

  test('repeat what the control set has too, and pass', async () => {
    const shared = `この契約の規定に従い当事者は誠実に協議して解決を図るものとする。${text(77)}`
    const published = texts(50_000, 150).map((each) => `${shared}${each}`)
    const both = {
      training: seeds(training.rows.map(([each]) => `${shared}${each}`)),
      control: seeds(control.rows.map(([each]) => `${shared}${each}`)),
    }
    expect(verdictOf(judged(await measured(published, both)), 'G9')).toBe('pass')
    expect(verdictOf(judged(await measured(published, { training: both.training })), 'G9')).toBe('fail')
  })

  test('quote what the schema calls public, and pass', async () => {
    const article = text(4711)
    const published = texts(50_000, 150).map((each) => `${article}${each}`)
    const quoting = training.rows.map(([each]) => `${article}${each}`)
    const detail = await measured(published, { training: seeds(quoting, { publicTexts: [article] }) })
    expect(verdictOf(judged(detail), 'G9')).toBe('pass')
  })
})

describe('planted copies', () => {
  const published = (copies: readonly string[]) => [...copies, ...texts(50_000, 200 - copies.length)]

  test('of whole texts are found, whatever their widths and spaces', async () => {
    const copies = texts(0, 12).map((each) => ` ${each.replaceAll('日', '日 ')}`.replace(' ', '　'))
    const detail = await measured(published(copies.map((each, at) => (at < 6 ? text(at) : each))))
    expect(detail.copies).toMatchObject({ trainingOnly: 12, exact: 6 })
    const report = judged(detail)
    expect([verdictOf(report, 'G1'), verdictOf(report, 'G9')]).toEqual(['fail', 'fail'])
  })

  test('with a few characters changed are near copies', async () => {
    const near = texts(0, 12).map((each) => `${each.slice(0, 60)}甲${each.slice(61)}`)
    const detail = await measured(published(near))
    expect(detail.copies).toMatchObject({ trainingOnly: 12, exact: 0 })
    expect(verdictOf(judged(detail), 'G1')).toBe('fail')
  })

  test('of one span of the limit are found inside a text of its own', async () => {
    const around = (span: string) => published([`${text(60_000)}${span}${text(60_001)}`])
    const span = text(3).slice(4, 64)
    expect(verdictOf(judged(await measured(around(span))), 'G9')).toBe('fail')
    expect(verdictOf(judged(await measured(around(span.slice(0, 12)))), 'G9')).toBe('pass')
    const words =
      'the holder of a permit under this chapter shall within thirty days after the change of its seat inform the authority of the new address in writing'
    const english = await measured(published([`Question: ${words} and nothing else?`]), {
      training: seeds([...texts(0, 199), words]),
    })
    expect(english.spans?.longest.words).toBeGreaterThanOrEqual(25)
    expect(verdictOf(judged(english), 'G9')).toBe('fail')
  })

  test('hidden in chat messages are found', async () => {
    const chat = JSON.stringify([
      { role: 'user', content: 'はい' },
      { role: 'assistant', content: text(9) },
    ])
    expect((await measured(published([chat, chat]))).copies?.trainingOnly).toBe(2)
  })

  test('are no more than chance when the control set explains them', async () => {
    const both = { training: seeds(texts(0, 200)), control: seeds(texts(0, 200)) }
    const detail = await measured(published(texts(0, 12)), both)
    expect(detail.copies).toMatchObject({ trainingOnly: 0, both: 12 })
  })
})

describe('without a control set', () => {
  const alone = { control: noSeedTexts }

  test('texts that copy nobody lack evidence and do not fail', async () => {
    const report = judged(await measured(texts(50_000, 200), alone), { control: 0 })
    expect(report.gates.map(({ gate, verdict }) => `${gate} ${verdict}`)).toEqual([
      'G0 insufficient-evidence',
      'G1 insufficient-evidence',
      'G8 pass',
      'G9 pass',
    ])
  })

  test('copied texts still fail', async () => {
    const report = judged(await measured([...texts(0, 12), ...texts(50_000, 188)], alone), { control: 0 })
    expect(verdictOf(report, 'G1')).toBe('fail')
  })

  test('short texts that anyone may write count as no copy', async () => {
    const words = { training: seeds([...texts(0, 199), '民法']), control: noSeedTexts }
    expect(
      (
        await measured(
          Array.from({ length: 200 }, () => '民法'),
          words,
        )
      ).copies?.trainingOnly,
    ).toBe(0)
  })
})

describe('personal data', () => {
  test('with a valid check digit fail, and the report names the kind alone', async () => {
    const detail = await measured(['個人番号は１２３４ ５６７８ ９０１８', ...texts(50_000, 150)])
    const result = gate(judged(detail), 'G8')
    expect(result).toMatchObject({ verdict: 'fail', value: 1, reason: 'valid numbers: my-number' })
    expect(JSON.stringify(judged(detail))).not.toContain('9018')
  })

  test('of the training seeds fail in another notation, unless the control set has them too', async () => {
    const phone = '連絡先は090-1234-5678'
    const published = ['電話：０９０（１２３４）５６７８', ...texts(50_000, 150)]
    const known = seeds([phone, ...texts(0, 199)])
    expect(gate(judged(await measured(published, { training: known })), 'G8')).toMatchObject({
      verdict: 'fail',
      reason: 'replayed from the seeds: phone',
    })
    const both = { training: known, control: seeds([phone, ...texts(10_000, 199)]) }
    expect(verdictOf(judged(await measured(published, both)), 'G8')).toBe('pass')
  })

  test('of identifying columns are found inside texts, short numbers are not', async () => {
    const identified = { ...training, identifiers: ['種蒔 太郎丸', 'ANNA-77', '4711'] }
    const detail = await measured(['相談者は種蒔　太郎丸という。', 'anna-77x and 4711', 'by Anna-77.'], {
      training: identified,
    })
    expect(detail.personalData.replayed).toEqual([{ kind: 'identifier', values: 2 }])
  })

  test('that are invented pass and are named in a note', async () => {
    const result = gate(judged(await measured(['電話 090-1111-2222', ...texts(50_000, 150)])), 'G8')
    expect(result).toMatchObject({ verdict: 'pass', note: 'also found: phone' })
  })
})

describe('persons with columns and texts', () => {
  const people = { training: population(1000, 1), control: population(1000, 2), other: population(1000, 3) }
  const report = async (synthetic: typeof people.other, published: readonly string[]) =>
    evaluateTable({
      schema: populationSchema,
      thresholds,
      training: people.training,
      control: people.control,
      synthetic,
      texts: await measured(published),
      evidence: { drawnBeforeGeneration: true, disjointByUnit: true },
      seed,
    })

  test('pass when neither copies, and fail when either does', async () => {
    const own = texts(50_000, 200)
    const copied = [...texts(0, 12), ...texts(50_000, 188)]
    expect(verdictOf(await report(people.other, own), 'G1')).toBe('pass')
    expect(verdictOf(await report(people.other, copied), 'G1')).toBe('fail')
    expect(verdictOf(await report(people.training, own), 'G1')).toBe('fail')
  })
})

describe('missing evidence on texts', () => {
  test('never passes: nobody read the published strings', () => {
    const table = population(400, 1)
    const report = evaluateTable({
      schema: populationSchema,
      thresholds,
      training: table,
      control: table,
      synthetic: table,
      evidence: { drawnBeforeGeneration: true, disjointByUnit: true },
      seed,
    })
    expect([verdictOf(report, 'G8'), verdictOf(report, 'G9')]).toEqual([
      'insufficient-evidence',
      'insufficient-evidence',
    ])
  })

  test('never passes: seeds with more text than was read', async () => {
    const report = judged(await measured(texts(50_000, 200), { training: { ...training, complete: false } }))
    for (const id of ['G1', 'G8', 'G9'] as const) expect(verdictOf(report, id)).toBe('insufficient-evidence')
  })

  test('does not apply where the seeds have no texts', async () => {
    const report = judged(await measured(texts(50_000, 200), { training: noSeedTexts, control: noSeedTexts }))
    expect([verdictOf(report, 'G1'), verdictOf(report, 'G9')]).toEqual(['not-applicable', 'not-applicable'])
    expect(decidePublication(report, thresholds).publishable).toBe(true)
  })
})
