import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readManifest } from '../../protocol/datasets/manifest.ts'
import { SeedSchema } from '../../schemas/seed-schema.ts'
import { createDataFolder, openGeneration, type OpenedGeneration } from '../network/open-generation.ts'
import { refusalOf } from '../refusal-of.ts'

const schema = (subject: 'organisation' | 'persons') =>
  SeedSchema.parse({
    subject,
    columns: [
      { name: 'article', type: 'text', public: true },
      { name: 'question', type: 'text' },
    ],
  })

const topic = (at: number) => `${String.fromCodePoint(0x4e00 + at * 37)}${String.fromCodePoint(0x5e00 + at * 11)}`
const article = (at: number) =>
  `第${at + 1}条　${topic(at)}を営む者は、その旨を市長に届け出なければならない。この場合において手数料を納めるものとする。`
const question = (at: number) =>
  `${topic(at)}を営む会社が${at + 3}日以内に本店を移したとき、${topic(at + 90)}の届出はいつまでに要るか。`
const seeds = `article,question\n${Array.from({ length: 60 }, (_, at) => `${article(at)},${question(at)}`).join('\n')}\n`
/** Quotes the articles, which are public, and no question. */
const answers = Array.from(
  { length: 120 },
  (_, at) => `${article(at % 60)}したがって番号${at}の${topic(at + 150)}も同じである。`,
)

describe('texts from seeds about an organisation, which have no control set', () => {
  let folder: Awaited<ReturnType<typeof createDataFolder>>
  let node: OpenedGeneration
  beforeAll(async () => {
    folder = await createDataFolder()
    node = await openGeneration(folder.dataDir)
    await node.governance.found({ name: 'Law' })
    await node.importFile(seeds, { name: 'law', schema: schema('organisation'), controlPerMille: 0 })
  })
  afterAll(async () => {
    await node.close()
    folder.remove()
  })

  async function dataset(name: string, texts: readonly string[], subject: 'organisation' | 'persons' = 'organisation') {
    const path = join(folder.dataDir, `${name}.jsonl`)
    writeFileSync(path, texts.map((answer) => JSON.stringify({ answer })).join('\n'))
    const made = await node.datasets.create({
      draft: {
        name,
        title: name,
        description: 'Answers',
        subject,
        seedSet: 'law',
        columns: [{ name: 'answer', type: 'string' }],
      },
      source: { kind: 'file' },
      provenance: {},
      table: { kind: 'file', path, format: 'jsonl' },
    })
    const { evaluation, report } = await node.evaluations.evaluate(made.id)
    return { id: made.id, evaluation, report }
  }
  const declare = (id: Parameters<OpenedGeneration['datasets']['publish']>[0]) =>
    node.datasets.declareRelease(id, { kind: 'controlled', statement: 'The articles are published law.' })

  it('are published to partners by name, with the owner’s statement in the signed manifest', async () => {
    const { id, evaluation, report } = await dataset('answers', answers)
    expect(Object.fromEntries(report.gates.map(({ gate, verdict }) => [gate, verdict]))).toMatchObject({
      G0: 'insufficient-evidence',
      G1: 'insufficient-evidence',
      G8: 'pass',
      G9: 'pass',
      Q1: 'not-applicable',
      Q3: 'pass',
    })
    expect(evaluation).toMatchObject({ verdict: 'insufficient-evidence', lacking: ['G0', 'G1'] })
    const partner = { partners: ['did:web:lab.example' as never] }
    const undeclared = await refusalOf(node.datasets.publish(id, { offers: [partner] }))
    expect(undeclared).toMatchObject({ code: 'gate-failed' })
    expect(undeclared.hint).toContain('dataset release')
    await declare(id)
    const toAll = await refusalOf(node.datasets.publish(id, { offers: [partner, { partners: 'members' }] }))
    expect(toAll).toMatchObject({ code: 'policy-refused', hint: expect.stringContaining('--partner') })
    const published = await node.datasets.publish(id, { offers: [partner] })
    const statement = await node.datasets.statement(published.manifestId ?? '')
    const manifest = readManifest(Buffer.from(statement?.envelope.payload ?? '', 'base64'))
    expect(manifest).toMatchObject({
      ok: true,
      manifest: {
        statement: {
          predicate: {
            reports: { evaluation: { verdict: 'insufficient-evidence' } },
            release: { statement: 'The articles are published law.', lacking: ['G0', 'G1'] },
          },
        },
      },
    })
  })

  it('lose the declaration when they are evaluated again', async () => {
    const { id } = await dataset('twice', answers)
    await declare(id)
    await node.evaluations.evaluate(id)
    expect((await node.datasets.find(id)).release).toBeUndefined()
  })

  it('are never declared away when a gate fails: copied questions, and numbers of persons', async () => {
    const copied = await dataset('copied', [...answers, ...Array.from({ length: 6 }, (_, at) => question(at))])
    expect(copied.evaluation.verdict).toBe('fail')
    expect(copied.evaluation.reasons.join()).toMatch(/G1 fail|G9 fail/)
    expect(await refusalOf(declare(copied.id))).toMatchObject({ code: 'gate-failed' })
    const personal = await dataset('personal', [...answers, '番号は123456789018である。'])
    expect(personal.evaluation.reasons.join()).toContain('G8 fail')
    expect(await refusalOf(declare(personal.id))).toMatchObject({ code: 'gate-failed' })
  })

  it('are refused to anybody’s declaration when they are about persons', async () => {
    const { id } = await dataset('people', answers, 'persons')
    expect(await refusalOf(declare(id))).toMatchObject({ code: 'gate-failed' })
    const alone = node.importFile(seeds, { name: 'people', schema: schema('persons'), controlPerMille: 0 })
    expect(await refusalOf(alone)).toMatchObject({ code: 'invalid-request', hint: expect.stringContaining('control') })
  })
})
