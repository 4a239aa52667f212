import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { answerNumber, askedNumber, fixedKeys } from '../../../test/example-answers.ts'
import { refusalOf } from '../../../test/refusal-of.ts'
import { openAnswerCache } from './answer-cache.ts'

const folder = mkdtempSync(join(tmpdir(), 'tanemaki-answers-'))
let files = 0
const newPath = () => join(folder, `answers-${files++}.db`)
const otherKeys = { derive: async () => new Uint8Array(32).fill(7) }

afterAll(() => rmSync(folder, { recursive: true }))

describe('the cache of answers', () => {
  it('gives back what was put, also after it was closed', async () => {
    const path = newPath()
    const cache = await openAnswerCache(path, fixedKeys)
    const keys = [1, 2, 3].map((number) => cache.keyOf(askedNumber(number)))
    await Promise.all(keys.map((key, at) => cache.put(['s'], key, answerNumber(at + 1))))
    await cache.close()
    const again = await openAnswerCache(path, fixedKeys)
    const absent = again.keyOf(askedNumber(99))
    const found = await again.get([...keys, absent])
    expect([...found]).toEqual(keys.map((key, at) => [key, answerNumber(at + 1)]))
    await again.close()
  })

  it('keeps vectors to the last bit', async () => {
    const cache = await openAnswerCache(newPath(), fixedKeys)
    const request = { model: 'e', texts: ['a', 'b'] }
    const key = cache.keyOf({ kind: 'embedding', server: 'openai', request })
    const vectors = [Float32Array.of(0.1, -3e-38, 1), Float32Array.of(0, 1 / 3, 2)]
    const usage = { inputTokens: 2, cachedInputTokens: 0, outputTokens: 0 }
    const answer = { kind: 'embedding', paidBy: 'run', vectors, servedModel: 'e', usage } as const
    await cache.put([], key, answer)
    expect((await cache.get([key])).get(key)).toEqual(answer)
    await cache.close()
  })

  it('names an answer by all that it depends on, and by nothing that another node could compute', async () => {
    const cache = await openAnswerCache(':memory:', fixedKeys)
    const other = await openAnswerCache(':memory:', otherKeys)
    const asked = askedNumber(1)
    const { request } = asked
    const variants = [
      asked,
      { ...asked, server: 'openai' as const },
      { ...asked, structuredOutput: 'prompted' as const },
      { ...asked, request: { ...request, model: 'large' } },
      { ...asked, request: { ...request, temperature: 0.6 } },
      { ...asked, request: { ...request, seed: 2 } },
      { ...asked, request: { ...request, schema: { type: 'object' } } },
      { ...asked, request: { ...request, messages: [{ role: 'system' as const, content: 'question 1' }] } },
    ].map((variant) => cache.keyOf(variant))
    expect(new Set(variants).size).toBe(variants.length)
    expect(cache.keyOf({ ...asked, request: Object.fromEntries(Object.entries(request).reverse()) as never })).toBe(
      variants[0],
    )
    expect(other.keyOf(asked)).not.toBe(variants[0])
  })

  it('holds no word of an answer in its files', async () => {
    const path = newPath()
    const cache = await openAnswerCache(path, fixedKeys)
    await cache.put(['s'], cache.keyOf(askedNumber(500)), answerNumber(500))
    for (const file of [path, `${path}-wal`]) expect(readFileSync(file).includes('answer 500')).toBe(false)
    await cache.close()
  })

  it('counts an answer as absent that another node key sealed, and then takes a new one', async () => {
    const path = newPath()
    const first = await openAnswerCache(path, fixedKeys)
    const key = first.keyOf(askedNumber(1))
    await first.put(['s'], key, answerNumber(1))
    await first.close()
    const second = await openAnswerCache(path, otherKeys)
    expect((await second.get([key])).size).toBe(0)
    await second.put(['s'], key, answerNumber(2))
    expect((await second.get([key])).get(key)).toEqual(answerNumber(2))
    await second.close()
  })

  it('keeps the first of two answers to one question', async () => {
    const cache = await openAnswerCache(newPath(), fixedKeys)
    const key = cache.keyOf(askedNumber(1))
    await Promise.all([cache.put([], key, answerNumber(1)), cache.put([], key, answerNumber(2))])
    expect((await cache.get([key])).get(key)).toEqual(answerNumber(1))
    await cache.close()
  })

  it('removes every answer whose question could hold a seed set, and leaves no trace of it in the files', async () => {
    const path = newPath()
    const cache = await openAnswerCache(path, fixedKeys)
    const keys = [0, 1, 2, 3].map((number) => cache.keyOf(askedNumber(number)))
    const scopes = [['a'], ['b'], ['a', 'b'], ['b']]
    for (const [at, key] of keys.entries()) await cache.put(scopes[at] ?? [], key, answerNumber(at))
    // A question of b alone turns out to be one of a too.
    await cache.put(['a'], keys[3] ?? '', answerNumber(3))
    expect(await cache.removeScope('a')).toBe(3)
    expect([...(await cache.get(keys)).keys()]).toEqual([keys[1]])
    const gone = Buffer.from(keys[0] ?? '', 'hex')
    for (const file of [path, `${path}-wal`]) expect(readFileSync(file).includes(gone)).toBe(false)
    await cache.put(['a'], keys[0] ?? '', answerNumber(0))
    expect((await cache.get(keys)).size).toBe(2)
    await cache.close()
  })

  it('says what to do about a file that is none', async () => {
    const path = newPath()
    writeFileSync(path, 'this is no database, and long enough to be looked at as one '.repeat(100))
    expect(await refusalOf(openAnswerCache(path, fixedKeys))).toMatchObject({
      code: 'setting-invalid',
      hint: expect.stringContaining('answers.db'),
    })
  })
})

describe('a cache whose process is killed', () => {
  const writer = fileURLToPath(new URL('../../../test/answers-written-until-killed.ts', import.meta.url))

  async function killAfter(path: string, answers: number): Promise<number[]> {
    const child = spawn(process.execPath, [writer, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (piece: Buffer) => {
      said += piece.toString()
      if (said.split('\n').length > answers) child.kill('SIGKILL')
    })
    await new Promise((resolve) => child.once('close', resolve))
    return said.split('\n').slice(0, -1).map(Number)
  }

  it('has every answer that it called durable; a torn end of its log costs the newest alone', async () => {
    const path = newPath()
    const durable = await killAfter(path, 700)
    expect(durable.length).toBeGreaterThanOrEqual(700)
    const torn = newPath()
    for (const end of ['', '-wal']) copyFileSync(path + end, torn + end)
    const cache = await openAnswerCache(path, fixedKeys)
    const keys = durable.map((number) => cache.keyOf(askedNumber(number)))
    const found = await cache.get(keys)
    expect(durable.filter((_, at) => !found.has(keys[at] ?? ''))).toEqual([])
    expect(found.get(keys[0] ?? '')).toEqual(answerNumber(durable[0] ?? 0))
    await cache.close()

    const size = readFileSync(`${torn}-wal`).length
    truncateSync(`${torn}-wal`, Math.max(0, size - 9000))
    const rest = await openAnswerCache(torn, fixedKeys)
    const left = await rest.get(keys)
    for (const [at, number] of durable.entries()) {
      const answer = left.get(keys[at] ?? '')
      if (answer !== undefined) expect(answer).toEqual(answerNumber(number))
    }
    expect(left.size).toBeGreaterThan(durable.length - 50)
    await rest.close()
  })
})
