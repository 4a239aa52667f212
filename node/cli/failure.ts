import { CommanderError } from 'commander'
import * as z from 'zod'
import { type Refusal, Refused } from '../../protocol/refusal.ts'
import type { Problem } from '../../schemas/problem.ts'
import { problemOf } from '../http/problem.ts'
import { NodeUnreachable, StrangeAnswer } from './api-client.ts'
import { exitCodes } from './command.ts'

/** Why a command did not succeed, as the person or the machine is told. */
export interface Failure {
  readonly problem: Problem
  readonly exitCode: number
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) return { problem: problemOf(usageRefusal(error)), exitCode: exitCodes.usage }
  if (error instanceof Refused) return { problem: problemOf(error.refusal), exitCode: exitCodes.refused }
  if (error instanceof NodeUnreachable) {
    const hint = 'Start it with: tanemaki node start --data FOLDER'
    const problem = problemOf({ code: 'unavailable', detail: error.message, hint })
    return { problem, exitCode: exitCodes.unreachable }
  }
  return { problem: problemOf(unexpectedRefusal(error)), exitCode: exitCodes.refused }
}

function usageRefusal({ code, message }: CommanderError): Refusal {
  const detail = code === 'commander.help' ? 'the command line names no command' : message.replace(/^error: /, '')
  return { code: 'invalid-request', detail, hint: 'Run the command with --help for its form.' }
}

function unexpectedRefusal(error: unknown): Refusal {
  if (error instanceof StrangeAnswer || error instanceof z.ZodError) {
    const detail = error instanceof StrangeAnswer ? error.message : 'the answer does not have the expected form'
    const hint =
      'Another program may have the management port, or the node may run another version: see tanemaki --version and the log of the node.'
    return { code: 'unavailable', detail, hint }
  }
  return (
    systemRefusal(error) ?? {
      code: 'internal',
      detail: error instanceof Error ? error.message : 'unknown error',
      hint: 'This is a fault of the program. tanemaki node doctor looks for causes; the log of the node may say more.',
    }
  )
}

const SystemError = z.object({ code: z.string(), syscall: z.string(), path: z.string().optional() })

/** What the operating system says about a file, with what the reader can do. */
const systemHints: Readonly<Record<string, Pick<Refusal, 'code' | 'hint'>>> = {
  ENOENT: { code: 'not-found', hint: 'There is no such file or folder: check the path.' },
  EACCES: { code: 'invalid-request', hint: 'The rights of the file or folder do not allow it.' },
  EPERM: { code: 'invalid-request', hint: 'The rights of the file or folder do not allow it.' },
  EROFS: { code: 'invalid-request', hint: 'The disk is read-only: name another place.' },
  EEXIST: { code: 'conflict', hint: 'Name a file or folder that does not exist yet.' },
  ENOTDIR: { code: 'invalid-request', hint: 'A part of the path is a file, not a folder.' },
  EISDIR: { code: 'invalid-request', hint: 'This is a folder: name a file.' },
  ENOSPC: { code: 'disk-full', hint: 'Make space on the disk, then repeat the command.' },
}

function systemRefusal(error: unknown): Refusal | undefined {
  const parsed = SystemError.safeParse(error)
  if (!parsed.success) return undefined
  const { code, syscall, path } = parsed.data
  const known = systemHints[code] ?? { code: 'internal', hint: 'tanemaki node doctor looks at the machine.' }
  const where = path === undefined ? '' : ` of ${path}`
  const exists = code === 'EEXIST' && path !== undefined
  return { ...known, detail: exists ? `${path} exists already` : `the system says ${code} at ${syscall}${where}` }
}
