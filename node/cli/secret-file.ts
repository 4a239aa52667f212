import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { refuse } from '../../protocol/refusal.ts'

/** Text of a file that only its owner may read: what others could read is no secret. */
export function readSecretText(path: string): string {
  const file = open(path)
  try {
    const mode = fstatSync(file).mode & 0o777
    if ((mode & 0o077) !== 0) {
      const shown = mode.toString(8).padStart(4, '0')
      return refuse(
        'invalid-request',
        `the file ${path} has mode ${shown}; others than its owner may use it`,
        'Run chmod 600 on it, and replace the secrets if others could have read them.',
      )
    }
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r')
  } catch {
    return refuse('not-found', `the file ${path} cannot be read`, 'Check the path and its rights.')
  }
}
