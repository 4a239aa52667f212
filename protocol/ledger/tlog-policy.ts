import { type NoteKey, formatVkey, parseVkey } from './signed-note.ts'

/** Trust file of an auditor (c2sp.org/tlog-policy): which log keys count, and whose cosignatures are required. */
export interface TlogPolicy {
  readonly logs: readonly NoteKey[]
  /** Name of the group or witness that must have cosigned; undefined for `quorum none`. */
  readonly quorum: string | undefined
}

/** Policy that trusts exactly these logs and asks for no cosignature. */
export function formatTlogPolicy(logs: readonly NoteKey[]): string {
  return [...logs.map((key) => `log ${formatVkey(key)}`), 'quorum none', ''].join('\n')
}

/** Reads a policy; undefined when a line is malformed, a log key weak, or `quorum` does not appear exactly once. */
export function parseTlogPolicy(text: string): TlogPolicy | undefined {
  const logs: NoteKey[] = []
  const names = new Set(['none'])
  const quorums: string[] = []
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/[ \t]+/)
    if (fields[0] === '' || fields[0]?.startsWith('#')) continue
    const fault = readLine(fields, { logs, names, quorums })
    if (fault) return undefined
  }
  const [quorum] = quorums
  if (quorums.length !== 1 || quorum === undefined) return undefined
  return { logs, quorum: quorum === 'none' ? undefined : quorum }
}

/** True when the line is malformed. */
function readLine(
  [keyword, name, ...rest]: readonly string[],
  policy: { readonly logs: NoteKey[]; readonly names: Set<string>; readonly quorums: string[] },
): boolean {
  if (name === undefined) return true
  if (keyword === 'log') {
    const key = parseVkey(name)
    if (key === undefined || rest.length > 1) return true
    policy.logs.push(key)
    return false
  }
  if (keyword === 'witness' || keyword === 'group') {
    if (rest.length === 0 || policy.names.has(name)) return true
    policy.names.add(name)
    return false
  }
  if (keyword !== 'quorum' || rest.length > 0 || !policy.names.has(name)) return true
  policy.quorums.push(name)
  return false
}
