import { createHash } from 'node:crypto'
import type { AskedChat, CachedAnswer } from '../node/ports/answer-cache.ts'
import type { Keys } from '../node/ports/keys.ts'

/** Derivation of a node key that is the same in every process. */
export const fixedKeys: Pick<Keys, 'derive'> = {
  derive: async (context) => new Uint8Array(createHash('sha256').update(`fixed ${context}`).digest()),
}

export function askedNumber(number: number): AskedChat {
  return {
    kind: 'chat',
    server: 'vllm',
    structuredOutput: 'native',
    request: {
      model: 'small',
      messages: [{ role: 'user', content: `question ${number}` }],
      temperature: 0.5,
      topP: 1,
      maxTokens: 100,
      seed: number,
    },
  }
}

export function answerNumber(number: number): CachedAnswer {
  return {
    kind: 'chat',
    paidBy: 'run',
    text: `answer ${number} ${'long '.repeat(number % 700)}`,
    finish: 'stop',
    servedModel: 'small',
    usage: { inputTokens: 5, cachedInputTokens: 0, outputTokens: number },
  }
}
