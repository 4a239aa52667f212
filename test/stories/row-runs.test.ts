import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readOutcomes } from '../../node/generation/rows/outcomes.ts'
import { Refused } from '../../protocol/refusal.ts'
import type { Outcome } from '../../schemas/outcomes.ts'
import type { RowRecipe } from '../../schemas/row-recipe.ts'
import type { Run } from '../../schemas/runs.ts'
import { questionRecipe, statuteCsv, statuteSchema } from '../example-row-recipe.ts'
import { createDataFolder, openGeneration, type OpenedGeneration } from '../network/open-generation.ts'
import {
  completion,
  honestScript,
  type ScriptedModelServer,
  sendJson,
  startScriptedModelServer,
} from '../scripted-model-server.ts'

let server: ScriptedModelServer
let folder: Awaited<ReturnType<typeof createDataFolder>>
let node: OpenedGeneration

const runSeed = '5a'.repeat(32)

function listEndpoint(over: Record<string, unknown> = {}): void {
  const endpoints = [{ name: 'local', url: server.url, ...over }]
  writeFileSync(join(folder.dataDir, 'endpoints.json'), JSON.stringify({ endpoints }), { mode: 0o600 })
}

async function reopen(): Promise<void> {
  await node.close()
  node = await openGeneration(folder.dataDir)
}

beforeEach(async () => {
  server = await startScriptedModelServer()
  folder = await createDataFolder()
  listEndpoint()
  node = await openGeneration(folder.dataDir)
  await node.importFile(statuteCsv, { name: 'statutes', schema: statuteSchema, controlPerMille: 0 })
})
afterEach(async () => {
  await node.close()
  await server[Symbol.asyncDispose]()
  folder.remove()
})

const atEnd = (run: Run) => node.generation.runs.follow(run.id, { onProgress: () => {} })

async function runToItsEnd(recipe: RowRecipe, name = recipe.name): Promise<Run> {
  return atEnd(await node.generation.runs.start({ recipe, runSeed, dataset: { name, version: '1.0.0' } }))
}

async function outcomesOf(run: Run): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for await (const outcome of readOutcomes(node.ports, run.id)) outcomes.push(outcome)
  return outcomes
}

const chats = () => server.asked.filter(({ path }) => path.endsWith('/chat/completions'))

describe('a run of a row recipe', () => {
  it('makes exactly the rows that are wanted, and a draft dataset of them', async () => {
    const run = await runToItsEnd(questionRecipe())
    expect(run).toMatchObject({ state: 'completed', kind: 'rows' })
    const dataset = await node.datasets.find('questions')
    expect(dataset).toMatchObject({ state: 'draft', records: 20, subject: 'organisation' })
    expect(dataset.columns.map(({ name }) => name)).toEqual(['tone', 'question', 'answer'])
    expect(dataset.provenance).toMatchObject({ recipe: { sha256: run.recipeSha256 }, funnel: { accepted: 20 } })
    expect(JSON.stringify(dataset)).not.toContain('mast')
    expect(chats().length).toBe(40)
  })

  it('gives the same rows for the same seed, whatever the endpoint can bear', async () => {
    listEndpoint({ maxConcurrency: 64 })
    await reopen()
    const first = await outcomesOf(await runToItsEnd(questionRecipe()))
    const prompts = chats().map(({ body }) => JSON.stringify(body))
    server.asked.length = 0
    await forgetAnswers()
    listEndpoint({ maxConcurrency: 1 })
    await reopen()
    const second = await outcomesOf(await runToItsEnd(questionRecipe(), 'again'))
    expect(second).toEqual(first)
    expect(
      chats()
        .map(({ body }) => JSON.stringify(body))
        .toSorted(),
    ).toEqual(prompts.toSorted())
    expect(new Set(first.map(({ cells }) => cells['tone'])).size).toBe(3)
  })

  it('asks nothing twice: not after an edit that leaves a column as it was, nor in a second run', async () => {
    await runToItsEnd(questionRecipe())
    const before = chats().length
    const edited = questionRecipe()
    const answer = edited.columns.find(({ name }) => name === 'answer')
    if (answer?.type === 'llm-text') answer.prompt = 'Answer in one word. {{ seed.passage }} {{ question }}'
    await runToItsEnd(edited, 'edited')
    expect(chats().length).toBe(before + 20)
    await runToItsEnd(questionRecipe(), 'third')
    expect(chats().length).toBe(before + 20)
  })

  it('goes on behind a stop of the node, with at most the open calls asked again', async () => {
    const seen = new Map<string, number>()
    server.script = (asked, response) => {
      const key = JSON.stringify(asked.body)
      if (asked.path.endsWith('/chat/completions')) seen.set(key, (seen.get(key) ?? 0) + 1)
      setTimeout(() => honestScript(asked, response), 5)
    }
    const recipe = questionRecipe({ accept: { target: 60, maxCandidates: 60 } })
    const run = await node.generation.runs.start({ recipe, runSeed })
    await expect.poll(() => chats().length).toBeGreaterThan(30)
    const open = chats().length
    await reopen()
    expect((await atEnd(run)).state).toBe('completed')
    const again = [...seen.values()].filter((times) => times > 1).length
    expect(open).toBeLessThan(120)
    expect(again).toBeLessThanOrEqual(16)
    expect((await outcomesOf(run)).map(({ index }) => index)).toEqual(Array.from({ length: 60 }, (_, at) => at))
  })

  it('says for each candidate why it became no row', async () => {
    server.script = (asked, response) => {
      const seed = Number(asked.body['seed'])
      if (seed % 3 === 0) return sendJson(response, completion('x'.repeat(500)))
      if (seed % 3 === 1)
        return sendJson(
          response,
          completion('cut', { choices: [{ message: { content: 'cut' }, finish_reason: 'length' }] }),
        )
      honestScript(asked, response)
    }
    const run = await runToItsEnd(questionRecipe({ accept: { target: 60, maxCandidates: 60, onExhausted: 'keep' } }))
    const reasons = new Set((await outcomesOf(run)).map(({ reason }) => reason))
    expect(reasons).toContain('validator:short')
    expect(reasons.size).toBeGreaterThanOrEqual(2)
  })

  it('fails when no candidate is left, and tells how many rows there were', async () => {
    const recipe = questionRecipe({ accept: { when: 'false', target: 5, maxCandidates: 8 } })
    const run = await runToItsEnd(recipe)
    expect(run).toMatchObject({ state: 'failed' })
    expect(run.error).toContain('0 of 5 rows')
  })

  it('stops before it passes its spending limit, keeps what it has, and goes on with a higher one', async () => {
    const recipe = questionRecipe({ limit: { tokens: 400 } })
    const stopped = await runToItsEnd(recipe)
    expect(stopped.error).toContain('spending limit')
    const asked = chats().length
    expect(asked * 12).toBeLessThanOrEqual(400)
    await node.generation.runs.resume(stopped.id, { limit: { tokens: 1_000_000 } })
    const done = await atEnd(stopped)
    expect(done.state).toBe('completed')
    expect(chats().length).toBe(40)
  })

  it('shows no record to an endpoint that may not see the seed set', async () => {
    await node.generation.seeds.change('statutes', { endpoints: { loopback: false, allowed: [] } })
    const refusal = await node.generation.runs
      .start({ recipe: questionRecipe() })
      .catch((error: unknown) => (error instanceof Refused ? error.refusal : error))
    expect(refusal).toMatchObject({ code: 'endpoint-forbidden' })
    expect(chats()).toEqual([])
  })

  it('waits for nobody when the endpoint wants money, and names it', async () => {
    server.script = (_, response) => sendJson(response, { error: { message: 'no credit' } }, 402)
    const run = await runToItsEnd(questionRecipe())
    expect(run).toMatchObject({ state: 'failed' })
    expect(run.error).toContain('credit')
    server.script = honestScript
    await node.generation.runs.resume(run.id)
    expect((await atEnd(run)).state).toBe('completed')
  })

  it('is previewed by the same engine, with what the whole would take', async () => {
    const preview = await node.generation.runs.preview(questionRecipe())
    expect(preview).toMatchObject({ kind: 'rows', estimate: { yield: 1, candidates: 20 } })
    expect(preview.kind === 'rows' ? preview.rows.length : 0).toBe(10)
  })

  it('is answered by a batch file on a machine that the node cannot reach, round by round', async () => {
    const recipe = questionRecipe({ accept: { target: 6, maxCandidates: 6 } })
    const held = await node.generation.runs.start({ recipe, runSeed, hold: true })
    expect(held.state).toBe('queued')
    const signal = new AbortController().signal
    for (const questions of [6, 6, 0]) {
      const lines: { custom_id: string; body: { seed: number } }[] = []
      const onLine = (line: unknown) => lines.push(line as (typeof lines)[number])
      const exported = await node.generation.runs.exportBatch(held.id, { candidates: 100, onLine, signal })
      expect(exported).toEqual({ questions, candidates: 6 })
      const results = lines.map(({ custom_id, body }) =>
        JSON.stringify({ custom_id, response: { status_code: 200, body: completion(`seed ${body.seed}`) } }),
      )
      expect(await node.generation.runs.importBatch(held.id, linesOf(results))).toEqual({
        taken: questions,
        unusable: 0,
      })
    }
    expect(chats()).toEqual([])
    await node.generation.runs.resume(held.id)
    expect(await atEnd(held)).toMatchObject({ state: 'completed' })
    expect(chats()).toEqual([])
    const asked = await runToItsEnd(questionRecipe({ accept: { target: 6, maxCandidates: 6 } }), 'asked')
    expect(await outcomesOf(asked)).toEqual(await outcomesOf(held))
  })

  it('leaves open what a batch did not answer, and refuses a file that is none', async () => {
    const held = await node.generation.runs.start({ recipe: questionRecipe(), runSeed, hold: true })
    const key = `question:${'ab'.repeat(32)}`
    const failed = JSON.stringify({ custom_id: key, response: { status_code: 500, body: {} } })
    const lying = JSON.stringify({ custom_id: key, response: { status_code: 200, body: '<html>' } })
    expect(await node.generation.runs.importBatch(held.id, linesOf([failed, '', lying]))).toEqual({
      taken: 0,
      unusable: 2,
    })
    await expect(node.generation.runs.importBatch(held.id, linesOf(['{}']))).rejects.toThrow('line 1')
  })

  it('leaves nothing of its seeds when they are erased', async () => {
    const run = await runToItsEnd(questionRecipe())
    const cache = await node.ports.answers.open()
    const keys = (await outcomesOf(run)).flatMap(({ calls }) => calls.map(({ request }) => request))
    expect((await cache.get(keys)).size).toBe(40)
    await node.generation.seeds.erase('statutes')
    expect(await outcomesOf(run)).toEqual([])
    expect((await cache.get(keys)).size).toBe(0)
  })
})

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

async function forgetAnswers(): Promise<void> {
  const [seedSet] = await node.generation.seeds.list()
  await (await node.ports.answers.open()).removeScope(seedSet?.id ?? '')
}
