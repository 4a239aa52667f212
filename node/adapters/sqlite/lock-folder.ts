import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { Refused } from '../../../protocol/refusal.ts'

/**
 * Claims a data folder for this process: two nodes on one folder could sign two histories of one log. The operating
 * system drops the claim with the process, however it ends. Returns what gives it back.
 */
export function lockFolder(folder: string): () => void {
  const lock = new BetterSqlite3(join(folder, 'node.lock'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new Refused(
      {
        code: 'conflict',
        detail: 'a node is running on this data folder already',
        hint: 'See it with: tanemaki node status. Stop it before you start another one.',
      },
      { cause },
    )
  }
  return () => lock.close()
}
