import type { Refusal } from '../../protocol/refusal.ts'
import { problemKinds } from '../http/problem.ts'

/**
 * Status of a refused message of the Dataspace Protocol: 400 for everything that is wrong with the message or not possible in
 * the state of the process; 404, 401 and the server's own troubles stay what they are.
 */
export function dspStatus({ code }: Refusal): number {
  const { status } = problemKinds[code]
  return status >= 500 || status === 401 || status === 404 || status === 413 ? status : 400
}
