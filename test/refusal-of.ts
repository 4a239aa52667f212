import { type Refusal, Refused } from '../protocol/refusal.ts'

/** The refusal that the work ends with; anything else fails the test. */
export async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Refused)) throw new Error('expected a refusal', { cause: error })
  return error.refusal
}
