import { parseArgs } from 'node:util'
import * as z from 'zod'

const whole = (fallback: number, most = 1_000_000) => z.coerce.number().int().min(1).max(most).default(fallback)

const Options = z.object({
  language: z.enum(['en', 'ja']).default('en'),
  /** Of the statute; three facts each. */
  articles: whole(150, 150),
  'rows-per-seed': whole(8),
  'world-seed': z.string().default('uplift'),
  'training-seeds': whole(3, 20),
  personas: whole(100, 100),
  endpoint: z.url().optional(),
  server: z.enum(['openai', 'vllm', 'llama.cpp', 'ollama']).default('openai'),
  model: z.string().optional(),
  judge: z.string().optional(),
  student: z.string().optional(),
  folder: z.string().default('.uplift'),
})
export type Options = z.infer<typeof Options>

const names = Object.keys(Options.shape)

export const usage = `usage: npm run experiment:uplift -- [options]; docs/uplift.md has them all
${names.map((name) => `  --${name}`).join('\n')}`

/** The command line's options; throws with a sentence about what is wrong. */
export function readOptions(args: readonly string[]): Options {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  const parsed = Options.parse(parseArgs({ args: [...args], options, strict: true }).values)
  if ((parsed.endpoint === undefined) !== (parsed.model === undefined))
    throw new Error('--endpoint and --model go together')
  if (parsed.judge !== undefined && parsed.endpoint === undefined)
    throw new Error('--judge needs --endpoint: the script judges nothing')
  if (parsed.articles % 2 !== 0) throw new Error('--articles must be even: two nodes have half of them each')
  return parsed
}
