import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RowRecipe } from '../../schemas/row-recipe.ts'
import type { LineageVerification, RunDisclosure } from '../../schemas/lineage.ts'
import type { Run } from '../../schemas/runs.ts'
import { statuteCsv, statuteSchema } from '../example-row-recipe.ts'
import { createDataFolder, openGeneration, type OpenedGeneration } from '../network/open-generation.ts'
import { refusalOf } from '../refusal-of.ts'
import { tanemaki } from '../run-command.ts'
import {
  completion,
  honestScript,
  type ScriptedModelServer,
  sendJson,
  startScriptedModelServer,
} from '../scripted-model-server.ts'

const recipe = RowRecipe.parse({
  kind: 'rows',
  name: 'questions',
  sources: { statutes: { seedSet: 'statutes', order: 'shuffled' } },
  models: { writer: { endpoint: 'local', model: 'small', temperature: { uniform: [0.2, 0.9] }, maxTokens: 200 } },
  validators: { short: { kind: 'length', max: 400 } },
  columns: [
    { name: 'seed', type: 'seed', source: 'statutes', drop: true },
    { name: 'tone', type: 'sampler', sampler: { kind: 'category', values: ['plain', 'formal', 'terse'] } },
    { name: 'loud', type: 'expression', expr: '{{ tone | upper }}', skip: { when: 'tone == "terse"', value: 'none' } },
    { name: 'question', type: 'llm-text', model: 'writer', prompt: 'Ask about: {{ seed.passage }} Tone: {{ tone }}' },
    {
      name: 'judge',
      type: 'llm-judge',
      model: 'writer',
      prompt: 'Judge: {{ question }} Passage: {{ seed.passage }}',
      drop: true,
      scores: [
        {
          name: 'clear',
          description: 'Can be understood.',
          options: [
            { score: 1, means: 'no' },
            { score: 2, means: 'yes' },
          ],
        },
      ],
    },
    { name: 'checked', type: 'validation', targets: ['question'], validators: ['short'], drop: true },
  ],
  accept: { when: 'judge.clear.score == 2 and checked.valid', target: 30, maxCandidates: 90 },
})

/** Asks something else each time; judges first in prose, and turns a third of the questions down. */
function script(server: ScriptedModelServer): void {
  server.script = (asked, response) => {
    const messages = asked.body['messages'] as { role: string; content: string }[] | undefined
    const last = messages?.at(-1)?.content ?? ''
    const seed = Number(asked.body['seed'])
    if (last.startsWith('Ask about')) {
      const words = Array.from({ length: 12 }, (_, at) => `w${((seed >>> at) * 7919 + at * 104729) % 9973}`)
      return sendJson(response, completion(`Which ${words.join(' ')}?`))
    }
    if (last.startsWith('Judge') && seed % 2 === 0) return sendJson(response, completion('It is fine, I think.'))
    const first = messages?.find(({ content }) => content.startsWith('Judge'))?.content ?? ''
    if (first !== '' && seed % 2 !== 0 && first.length % 3 === 0) {
      return sendJson(response, completion(JSON.stringify({ clear: { reasoning: 'no', score: 1 } })))
    }
    if (first !== '') return sendJson(response, completion(JSON.stringify({ clear: { reasoning: 'yes', score: 2 } })))
    honestScript(asked, response)
  }
}

describe('the lineage of rows', () => {
  let server: ScriptedModelServer
  let folder: Awaited<ReturnType<typeof createDataFolder>>
  let node: OpenedGeneration
  let run: Run
  let copy: string
  let didDocument: string

  beforeAll(async () => {
    server = await startScriptedModelServer()
    script(server)
    folder = await createDataFolder()
    const endpoints = [{ name: 'local', url: server.url }]
    writeFileSync(join(folder.dataDir, 'endpoints.json'), JSON.stringify({ endpoints }), { mode: 0o600 })
    node = await openGeneration(folder.dataDir)
    await node.governance.found({ name: 'Law' })
    await node.importFile(statuteCsv, { name: 'statutes', schema: statuteSchema, controlPerMille: 300 })
    const started = await node.generation.runs.start({ recipe })
    run = await node.generation.runs.follow(started.id, { onProgress: () => {} })
    expect(run).toMatchObject({ state: 'completed' })
    copy = await publish()
  })
  afterAll(async () => {
    await node.close()
    await server[Symbol.asyncDispose]()
    folder.remove()
  })

  /** Publishes the dataset, and lays its files and manifest into a folder as a partner has them. */
  async function publish(): Promise<string> {
    const { id } = await node.datasets.find('questions')
    const { evaluation } = await node.evaluations.evaluate(id)
    if (evaluation.verdict !== 'pass')
      await node.datasets.declareRelease(id, { kind: 'controlled', statement: 'Public law.' })
    const { manifestId = '' } = await node.datasets.publish(id, {
      offers: [{ partners: ['did:web:lab.example'] }],
    })
    const statement = await node.datasets.statement(manifestId)
    const pulled = join(folder.dataDir, 'pulled')
    mkdirSync(pulled)
    for (const path of await node.datasets.partPaths(id)) copyFileSync(path, join(pulled, basename(path)))
    writeFileSync(join(pulled, 'manifest.dsse.json'), JSON.stringify(statement?.envelope))
    const keyId = statement?.envelope.signatures[0]?.keyid ?? ''
    const [did = ''] = keyId.split('#')
    const publicKeyJwk = await node.ports.keys.publicJwk('statement')
    const method = { id: keyId, type: 'JsonWebKey2020', controller: did, publicKeyJwk }
    didDocument = join(folder.dataDir, 'did.json')
    writeFileSync(didDocument, JSON.stringify({ id: did, verificationMethod: [method] }))
    return pulled
  }

  const failed = ({ checks }: LineageVerification) => checks.filter(({ verdict }) => verdict === 'fail')
  const verdicts = ({ checks }: LineageVerification) =>
    Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]))

  async function check(disclosure: RunDisclosure, ...args: string[]) {
    const file = join(folder.dataDir, 'disclosure.json')
    writeFileSync(file, JSON.stringify(disclosure))
    const { code, out, error } = await tanemaki(['--json', 'run', 'check-disclosure', file, '--dataset', copy, ...args])
    expect(error).toBe('')
    return { code, ...(JSON.parse(out) as LineageVerification) }
  }

  it('is what the manifest commits to, and every level of it holds for the node’s own people', async () => {
    const verified = await node.generation.runs.verify(run.id, { level: 3, rows: 30 })
    expect(failed(verified)).toEqual([])
    expect(verdicts(verified)).toEqual({
      outcomes: 'pass',
      rows: 'pass',
      funnel: 'pass',
      lineage: 'pass',
      recipe: 'pass',
      'run-seed': 'pass',
      order: 'pass',
      drawn: 'pass',
      parameters: 'pass',
      acceptance: 'pass',
      metrics: 'pass',
      'near-duplicates': 'not-applicable',
      'personal-data': 'pass',
      opened: 'pass',
      seeds: 'pass',
      prompts: 'pass',
      answers: 'pass',
      cells: 'pass',
    })
    expect(verified.unproven).toHaveLength(4)
  })

  it('is checked by a third party offline, on rows that a beacon draws, without a word of a seed', async () => {
    const beacon = { value: 'block 812345', rows: 8 }
    const disclosure = await node.generation.runs.disclose(run.id, { beacon, openSeeds: false })
    expect(JSON.stringify(disclosure)).not.toContain('mast')
    const args = ['--level', '2', '--did-document', didDocument, '--beacon', beacon.value, '--rows', '8']
    const checked = await check(disclosure, ...args)
    expect(failed(checked)).toEqual([])
    expect(checked).toMatchObject({ code: 0, verdict: 'pass' })
    expect(verdicts(checked)).toMatchObject({ signature: 'pass', files: 'pass', choice: 'pass', metrics: 'pass' })
    const other = await check(disclosure, ...args.with(5, 'block 812346'))
    expect(failed(other).map(({ id }) => id)).toEqual(['choice'])
  })

  it('opens chosen rows when that is wanted: seeds under their commitment, prompts and answers as they were', async () => {
    const disclosure = await node.generation.runs.disclose(run.id, { rows: [0, 7, 29], openSeeds: true })
    expect(disclosure.opened.map(({ row }) => row)).toEqual([0, 7, 29])
    expect(JSON.stringify(disclosure.opened)).toContain('mast')
    const checked = await check(disclosure, '--level', '3')
    expect(failed(checked)).toEqual([])
    expect(verdicts(checked)).toMatchObject({
      signature: 'not-applicable',
      seeds: 'pass',
      prompts: 'pass',
      answers: 'pass',
    })
    expect(checked.unproven.join(' ')).toContain('asked again')
  })

  it('shows every lie: another seed, prompt, answer, score, candidate, recipe or run seed', async () => {
    const honest = await node.generation.runs.disclose(run.id, { rows: [3, 4], openSeeds: true })
    const lies: readonly (readonly [string, (lie: RunDisclosure) => void])[] = [
      ['lineage', ({ records: [first] }) => first && (first.record.judgements['judge'] = { clear: 1 })],
      ['order', ({ records: [first] }) => first && (first.record.sources['statutes'] = 99)],
      ['drawn', ({ records: [first] }) => first && (first.record.drawn['tone'] = 'shrill')],
      ['parameters', ({ records: [first] }) => first?.record.calls[0] && (first.record.calls[0].temperature = 0)],
      ['acceptance', ({ records: [first] }) => first && (first.record.judgements['judge'] = { clear: 1 })],
      ['recipe', (lie) => (lie.recipe.accept.when = 'true')],
      ['run-seed', (lie) => (lie.runSeed.seed = 'ab'.repeat(32))],
      ['funnel', (lie) => (lie.funnel.candidates += 1)],
      ['metrics', ({ diversity }) => diversity && (diversity.compressionRatio *= 1.5)],
      ['seeds', ({ opened: [first] }) => first && (first.records['statutes'] = { passage: 'invented' })],
      ['prompts', ({ opened: [first] }) => first && (first.cells['seed'] = { passage: 'invented' })],
      ['answers', ({ opened: [first] }) => first?.calls[0] && (first.calls[0].answer = 'invented')],
      ['cells', ({ opened: [first] }) => first && (first.cells['question'] = 'invented')],
      ['opened', (lie) => lie.records.shift()],
    ]
    for (const [id, tell] of lies) {
      const lie = structuredClone(honest)
      tell(lie)
      const checked = await check(lie, '--level', '3')
      expect({ id, found: failed(checked).map((each) => each.id) }).toEqual({ id, found: expect.arrayContaining([id]) })
      expect(checked.code).toBe(1)
    }
  })

  it('is held against the files: a changed one fails before anything else', async () => {
    const disclosure = await node.generation.runs.disclose(run.id, { rows: [0], openSeeds: false })
    const part = join(
      copy,
      basename((await node.datasets.partPaths((await node.datasets.find('questions')).id))[0] ?? ''),
    )
    const bytes = readFileSync(part)
    writeFileSync(part, bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1))
    const checked = await check(disclosure)
    writeFileSync(part, bytes)
    expect(failed(checked).map(({ id }) => id)).toEqual(['files'])
  })

  it('names a row that there is not, and asks twice before seeds are opened', async () => {
    const beyond = await refusalOf(node.generation.runs.disclose(run.id, { rows: [30], openSeeds: false }))
    expect(beyond).toMatchObject({ code: 'invalid-request', hint: 'Rows count from 0 to 29.' })
    const opening = await tanemaki(['run', 'disclose', 'x', '--out', join(folder.dataDir, 'x'), '--open-seeds'])
    expect(opening.code).toBe(3)
    expect(opening.error).toContain('--yes')
  })

  it('stands beside a report of what the run came to, which is kept sealed and made once', async () => {
    const report = await node.generation.runs.report(run.id)
    expect(report).toMatchObject({ complete: true, funnel: { accepted: 30 }, recipe: { sha256: run.recipeSha256 } })
    expect(report.funnel.candidates).toBeGreaterThan(30)
    expect(report.coverage[0]).toMatchObject({ source: 'statutes', kind: 'seed-set' })
    expect(report.copying[0]).toMatchObject({ source: 'statutes', unit: 'words', rows: 30, own: { flagged: 0 } })
    expect(report.diversity?.texts).toBe(30)
    expect(report.judges[0]).toMatchObject({ column: 'judge', score: 'clear', acceptedMean: 2 })
    expect(report.parameters.map(({ column }) => column)).toEqual(['question', 'judge'])
    expect(report.cost.columns.find(({ column }) => column === 'judge')?.again).toBeGreaterThan(0)
    expect(await node.generation.runs.report(run.id)).toEqual(report)
    expect(JSON.stringify(report)).not.toContain('mast')
    const effect = await node.generation.runs.compare({ run: run.id, without: run.id })
    expect(effect).toMatchObject({ rows: 30, distinct2: 0, vendi: 0, nearDuplicates: 0, favoursPersonas: false })
  })
})
