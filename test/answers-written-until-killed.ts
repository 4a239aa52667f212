// Puts answers into the cache named by its argument, several at a time, and prints the key of each once it is durable.
import { writeSync } from 'node:fs'
import { openAnswerCache } from '../node/adapters/answer-cache/answer-cache.ts'
import { answerNumber, askedNumber, fixedKeys } from './example-answers.ts'

const cache = await openAnswerCache(process.argv[2] ?? '', fixedKeys)
const writers = Array.from({ length: 16 }, async (_, writer) => {
  for (let number = writer; ; number += 16) {
    const key = cache.keyOf(askedNumber(number))
    await cache.put(['seeds'], key, answerNumber(number))
    writeSync(1, `${number}\n`)
  }
})
await Promise.all(writers)
