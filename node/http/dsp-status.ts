import type { Refusal } from '../../protocol/refusal.ts'
import { problemKinds } from './problem.ts'

/** Stands in an error body for a process id that does not exist; DSP 2025-1 requires both ids there. */
export const UNKNOWN_PID = 'urn:uuid:00000000-0000-0000-0000-000000000000'

/**
 * Status of a refused message of the Dataspace Protocol: 400 for everything that is wrong with the message or not possible in
 * the state of the process; 404, 401 and the server's own troubles stay what they are.
 */
export function dspStatus({ code }: Refusal): number {
  const { status } = problemKinds[code]
  return status >= 500 || status === 401 || status === 404 || status === 413 ? status : 400
}
