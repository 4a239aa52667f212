import * as z from 'zod'
import { Decimal } from './decimal.ts'
import { Slug } from './ids.ts'

/** Names of this machine, as WHATWG URL parsing leaves them; nothing else is taken for loopback. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

const reservedHeaders =
  /^(authorization|proxy-.*|api-key|x-api-key|cookie|host|connection|keep-alive|te|trailer|upgrade|expect|transfer-encoding|content-.*|accept-encoding)$/i

const Header = z
  .string()
  .max(4096)
  .regex(/^[\x20-\x7e]*$/, 'not the value of an HTTP header')

const Money = Decimal.refine((value) => !value.startsWith('-'), 'must not be negative')

const BaseUrl = z.url({ protocol: /^https?$/ }).superRefine((text, context) => {
  const url = new URL(text)
  const wrong = (message: string) => context.addIssue({ code: 'custom', message })
  if (url.username !== '' || url.password !== '')
    wrong('must not hold credentials; use apiKeyFile or apiKeyEnvironment')
  if (url.search !== '' || url.hash !== '') wrong('must end with its path')
})

/**
 * Program behind an endpoint. It decides which parameters beyond those of OpenAI's interface are sent, so that no answer depends on
 * a default of the server: vLLM, llama.cpp and Ollama each have their own. `openai`: any other; only what the interface has.
 */
export const ModelServer = z.enum(['openai', 'vllm', 'llama.cpp', 'ollama'])
export type ModelServer = z.infer<typeof ModelServer>

/** An endpoint of language models that this node may ask. Recipes know it by its name alone. */
export const ModelEndpointEntry = z
  .strictObject({
    name: Slug,
    /** Base of OpenAI-compatible paths, usually with `/v1` at its end. */
    url: BaseUrl,
    server: ModelServer.default('openai'),
    /** Lets prompts travel unencrypted to another machine: for a network that nobody else is on. */
    plainHttp: z.boolean().default(false),
    /** File of mode 0600 with the API key; a relative path is meant from the data folder. */
    apiKeyFile: z.string().min(1).max(4096).optional(),
    /** Environment variable of the node with the API key. */
    apiKeyEnvironment: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'not the name of an environment variable')
      .optional(),
    headers: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'not the name of an HTTP header')
          .refine((name) => !reservedHeaders.test(name), 'is set by the node itself; keys belong in apiKeyFile'),
        Header,
      )
      .default({}),
    /** Most requests at the same time. Absent: as many as make it faster, found out while running. */
    maxConcurrency: z.int().min(1).max(4096).optional(),
    requestsPerMinute: z.int().min(1).max(10_000_000).optional(),
    /** Input and output together. */
    tokensPerMinute: z.int().min(1).max(1_000_000_000).optional(),
    /** Longest wait for one whole answer. */
    timeoutSeconds: z.int().min(1).max(86_400).default(600),
    /** Name of the member that limits the answer; some hosted models take only the newer one. */
    tokenLimit: z.enum(['max_tokens', 'max_completion_tokens']).default('max_tokens'),
    /** Model by the name that is asked for → further names under which the endpoint may say that it answered. */
    servedAs: z.record(z.string().min(1).max(200), z.array(z.string().min(1).max(200)).min(1).max(20)).default({}),
    /** Money per million tokens. */
    price: z
      .strictObject({
        input: Money,
        cachedInput: Money.optional(),
        output: Money,
        currency: z.string().regex(/^[A-Z]{3}$/, 'must be a code like JPY'),
      })
      .optional(),
  })
  .superRefine((entry, context) => {
    const url = URL.canParse(entry.url) ? new URL(entry.url) : undefined
    if (url?.protocol === 'http:' && !entry.plainHttp && !isLoopbackHost(url.hostname)) {
      const message =
        'must be https, but on this machine; plainHttp: true permits it on a network that nobody else is on'
      context.addIssue({ code: 'custom', path: ['url'], message })
    }
    if (entry.apiKeyFile !== undefined && entry.apiKeyEnvironment !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['apiKeyFile'],
        message: 'give apiKeyFile or apiKeyEnvironment, not both',
      })
    }
  })
export type ModelEndpointEntry = z.infer<typeof ModelEndpointEntry>
/** As a person writes it: defaults may be left out. */
export type ModelEndpointInput = z.input<typeof ModelEndpointEntry>

/** `endpoints.json` in the data folder, mode 0600. */
export const EndpointsFile = z.strictObject({ endpoints: z.array(ModelEndpointEntry).max(100) })

/** What an endpoint can do with one model, found out by asking it. `unknown`: it could not be asked. */
export const EndpointAbilities = z.strictObject({
  reachable: z.boolean(),
  /** The model that was asked; absent: the endpoint lists none and nobody named one. */
  model: z.string().optional(),
  /** Names of its models, as it lists them. */
  models: z.array(z.string()),
  /** `native`: it was given a JSON Schema and kept it where the question alone would not have made it. */
  structuredOutput: z.enum(['native', 'prompted', 'unknown']),
  /** The same seed gave the same answer twice. */
  seed: z.union([z.boolean(), z.literal('unknown')]),
  logprobs: z.union([z.boolean(), z.literal('unknown')]),
  embeddings: z.union([z.boolean(), z.literal('unknown')]),
  /** In tokens, input and output together. */
  context: z.union([z.int().min(1), z.literal('unknown')]),
  /** Why the model gave no answer; absent: it gave one. */
  problem: z.string().optional(),
})
export type EndpointAbilities = z.infer<typeof EndpointAbilities>

/** An endpoint as the people of the node see it. */
export const EndpointSummary = z.strictObject({
  name: Slug,
  /** Address without path. */
  origin: z.string(),
  server: ModelServer,
  loopback: z.boolean(),
  maxConcurrency: z.int().optional(),
  requestsPerMinute: z.int().optional(),
  tokensPerMinute: z.int().optional(),
  price: z
    .strictObject({ input: Decimal, cachedInput: Decimal.optional(), output: Decimal, currency: z.string() })
    .optional(),
})
export type EndpointSummary = z.infer<typeof EndpointSummary>

/** Asks for a check of an endpoint; absent: of the first model that it lists. */
export const CheckEndpoint = z.strictObject({ model: z.string().min(1).max(200).optional() })
