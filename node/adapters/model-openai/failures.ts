import * as z from 'zod'
import { ModelFailure, type ModelFault } from '../../ports/models.ts'

const longestRetryAfterMs = 3_600_000

/** Codes of errors that may be told on; any other text of an endpoint may be an echo of the prompt. */
const knownCodes: Readonly<Record<string, ModelFault | undefined>> = {
  insufficient_quota: 'credit',
  billing_hard_limit_reached: 'credit',
  invalid_api_key: 'credit',
  rate_limit_exceeded: 'busy',
  context_length_exceeded: 'refused',
  exceed_context_size_error: 'refused',
  model_not_found: 'refused',
  unsupported_parameter: 'refused',
  unsupported_value: 'refused',
  content_policy_violation: 'refused',
}

const ErrorBody = z.object({
  error: z.object({
    code: z.union([z.string(), z.number()]).nullish(),
    type: z.string().nullish(),
  }),
})

const byStatus: Readonly<Record<number, ModelFault>> = {
  401: 'credit',
  402: 'credit',
  403: 'credit',
  408: 'timeout',
  425: 'busy',
  429: 'busy',
  503: 'busy',
  504: 'timeout',
  529: 'busy',
}

export interface FailedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Parsed body; undefined where it is no JSON. */
  readonly body: unknown
}

/** The failure that an answer with another status than 200 stands for, told in words that hold nothing of the answer but known codes. */
export function failureOf({ status, headers, body }: FailedAnswer, now: number): ModelFailure {
  const code = codeIn(body)
  const fault = (code === undefined ? undefined : knownCodes[code]) ?? faultOf(status)
  const said = `answered ${status}${code === undefined ? '' : ` (${code})`}`
  return new ModelFailure(fault, said, fault === 'busy' ? retryAfterMs(headers, now) : undefined)
}

/** An error in a body that came with status 200, as some gateways send it; undefined where there is none. */
export function failureInside(body: unknown): ModelFailure | undefined {
  const parsed = ErrorBody.safeParse(body)
  if (!parsed.success) return undefined
  const { code } = parsed.data.error
  if (typeof code === 'number' && code >= 400 && code < 600) return failureOf({ status: code, headers: {}, body }, 0)
  const known = codeIn(body)
  const fault = known === undefined ? undefined : knownCodes[known]
  return new ModelFailure(fault ?? 'lying', `answered 200 with an error${known === undefined ? '' : ` (${known})`}`)
}

function faultOf(status: number): ModelFault {
  const fault = byStatus[status]
  if (fault !== undefined) return fault
  if (status >= 500) return 'server'
  // 2xx and 3xx are no answers to a question; redirects are not followed, because prompts go to the configured address alone.
  return status >= 400 ? 'refused' : 'lying'
}

function codeIn(body: unknown): string | undefined {
  const parsed = ErrorBody.safeParse(body)
  if (!parsed.success) return undefined
  const { code, type } = parsed.data.error
  return [code, type].find((text) => typeof text === 'string' && Object.hasOwn(knownCodes, text)) as string | undefined
}

/** Retry-After (RFC 9110 §10.2.3, seconds or a date) or the milliseconds that OpenAI sends beside it. */
function retryAfterMs(headers: FailedAnswer['headers'], now: number): number | undefined {
  const milliseconds = numberIn(headers['retry-after-ms'])
  if (milliseconds !== undefined) return Math.min(milliseconds, longestRetryAfterMs)
  const text = headers['retry-after']
  const seconds = numberIn(text)
  const wait = seconds === undefined ? Date.parse(typeof text === 'string' ? text : '') - now : seconds * 1000
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), longestRetryAfterMs) : undefined
}

function numberIn(text: string | readonly string[] | undefined): number | undefined {
  return typeof text === 'string' && /^\s*\d{1,9}(\.\d{1,9})?\s*$/.test(text) ? Number(text) : undefined
}
