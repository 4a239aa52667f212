import { Sha256 } from '../../../schemas/ids.ts'
import type { TokenUsage } from '../../../schemas/outcomes.ts'
import { EndpointPaused } from '../engine/admission.ts'
import type { Admissions } from '../engine/admissions.ts'
import type { AnswerCache, Asked, AskedChat, CachedAnswer } from '../../ports/answer-cache.ts'
import type { Clock } from '../../ports/clock.ts'
import {
  type ChatRequest,
  type EmbedRequest,
  type ModelEndpoint,
  ModelFailure,
  type ModelFault,
} from '../../ports/models.ts'
import { CellRejected, RunStopped } from './run-stopped.ts'
import type { Spending } from './spending.ts'

export type ModelRequest =
  | { readonly kind: 'chat'; readonly request: ChatRequest }
  | { readonly kind: 'embedding'; readonly request: EmbedRequest }

export interface Question {
  readonly endpoint: ModelEndpoint
  readonly ask: ModelRequest
  /** Of the candidate: earlier ones go first. */
  readonly index: number
  readonly column: string
  /** Record that stands at the beginning of several questions. */
  readonly prefix?: string
}

export interface Answered {
  /** Key of the answer in the cache. */
  readonly key: Sha256
  readonly answer: CachedAnswer
}

/** Answers of models: those that were ever given to the same question, else asked for now and kept before anyone sees them. */
export interface Answers {
  /** Throws CellRejected, RunStopped, or the signal's reason. */
  get(question: Question, signal: AbortSignal): Promise<Answered>
}

export interface AnswersDeps {
  readonly cache: AnswerCache
  readonly clock: Clock
  readonly spending: Spending
  readonly admissions: Admissions
  /** Run that pays for what is asked. */
  readonly runId: string
  /** Seed sets whose records may stand in a question. */
  readonly scope: readonly string[]
  /** Instead of asking: gets what is kept, if anything. */
  readonly instead?: Instead | undefined
}

export type Instead = (question: Question, kept: Answered | undefined, key: Sha256) => Promise<Answered>

type StructuredOutput = AskedChat['structuredOutput']
const never = new AbortController().signal

/** Tries of one question before its candidate is rejected, or (nobody there) the run stops. */
const MOST_TRIES = 5
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 20_000

export function createAnswers(deps: AnswersDeps): Answers {
  const abilities = new Map<string, Promise<StructuredOutput>>()
  return {
    get: async (question, signal) => {
      const key = Sha256.parse(deps.cache.keyOf(await askedOf(question, abilities)))
      const kept = (await deps.cache.get([key])).get(key)
      if (deps.instead !== undefined) return deps.instead(question, kept && { key, answer: kept }, key)
      if (kept === undefined) return { key, answer: await askNow(deps, { ...question, key }, signal) }
      if (kept.paidBy === deps.runId) deps.spending.recall(question.endpoint.price, kept.usage)
      return { key, answer: kept }
    },
  }
}

/** How an endpoint keeps schemas is a part of the question, so it is found out once and stays so for the run. */
async function askedOf({ endpoint, ask }: Question, abilities: Map<string, Promise<StructuredOutput>>): Promise<Asked> {
  const { server } = endpoint
  if (ask.kind === 'embedding') return { ...ask, server }
  if (ask.request.schema === undefined) return { ...ask, server, structuredOutput: 'unknown' }
  const name = `${endpoint.name} ${ask.request.model}`
  const known = abilities.get(name) ?? endpoint.probe(ask.request.model, never).then((found) => found.structuredOutput)
  abilities.set(name, known)
  return { ...ask, server, structuredOutput: await known }
}

async function askNow(
  deps: AnswersDeps,
  question: Question & { readonly key: string },
  signal: AbortSignal,
): Promise<CachedAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted()
    try {
      const answer = await askOnce(deps, question, signal)
      await deps.cache.put(deps.scope, question.key, answer)
      return answer
    } catch (error) {
      if (error instanceof EndpointPaused) throw paused(error)
      if (!(error instanceof ModelFailure)) throw error
      giveUpOrNot(error.fault, question.endpoint, attempt)
      await pause(deps.clock, delayAfter(attempt), signal)
    }
  }
}

async function askOnce(
  { admissions, spending, runId }: AnswersDeps,
  { endpoint, ask, index, column, prefix }: Question,
  signal: AbortSignal,
): Promise<CachedAnswer> {
  const most = mostUsage(ask)
  const reservation = await spending.reserve(endpoint.price, most)
  try {
    const answer = await admissions.of(endpoint).submit<CachedAnswer>({
      priority: index,
      kind: column,
      ...(prefix === undefined ? {} : { prefix }),
      expectedTokens: most.inputTokens + most.outputTokens,
      signal,
      run: async (call) =>
        ask.kind === 'chat'
          ? { kind: 'chat', paidBy: runId, ...(await endpoint.chat(ask.request, call)) }
          : { kind: 'embedding', paidBy: runId, ...(await endpoint.embed(ask.request, call)) },
    })
    reservation.settle(answer.usage)
    return answer
  } catch (error) {
    reservation.release()
    throw error
  }
}

/** A limit on what a question uses: no tokenizer makes more tokens than there are bytes, and few make more than code units. */
function mostUsage(ask: ModelRequest): TokenUsage {
  const texts = ask.kind === 'chat' ? ask.request.messages.map(({ content }) => content) : ask.request.texts
  const inputTokens = texts.reduce((sum, text) => sum + text.length + 16, 0)
  return { inputTokens, cachedInputTokens: 0, outputTokens: ask.kind === 'chat' ? ask.request.maxTokens : 0 }
}

function giveUpOrNot(fault: ModelFault, { name }: ModelEndpoint, attempt: number): void {
  if (fault === 'refused') throw new CellRejected('refused')
  if (attempt < MOST_TRIES) return
  if (fault === 'unreachable' || fault === 'busy') {
    throw new RunStopped(
      `endpoint "${name}" cannot be reached`,
      'Start it or correct its address, then go on with: tanemaki run resume RUN',
    )
  }
  throw new CellRejected(fault)
}

function paused({ endpoint, fault, message }: EndpointPaused): RunStopped {
  const what = fault === 'credit' ? `endpoint "${endpoint}" refuses the key or has no credit left` : message
  return new RunStopped(what, 'Put it in order, then go on with: tanemaki run resume RUN')
}

function delayAfter(attempt: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1))
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', aborted)
      resolve()
    })
    const aborted = () => {
      cancel()
      reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'))
    }
    signal.addEventListener('abort', aborted, { once: true })
  })
}
