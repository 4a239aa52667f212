import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'

export type Machine = 'negotiation' | 'transfer'

export interface ProcessEnd {
  readonly state: string
  readonly peerPid: string | undefined
}

export interface LiveProcess {
  readonly machine: Machine
  readonly pid: string
  readonly role: string
  /** Of a transfer: the agreement under which it runs. */
  readonly agreement: string | undefined
  readonly state: string
  /** A message is decided and not acknowledged. */
  readonly pending: boolean
}

/** Looks into the store of a running node from outside, without asking it. */
export class StateWatch {
  readonly #store: BetterSqlite3.Database
  readonly #newest: Readonly<Record<Machine, BetterSqlite3.Statement<[string], { state: string }>>>
  readonly #all: Readonly<Record<Machine, BetterSqlite3.Statement<[], { pid: string; state: string }>>>

  constructor(dataDir: string) {
    this.#store = new BetterSqlite3(join(dataDir, 'tanemaki.sqlite'), { readonly: true })
    this.#newest = {
      negotiation: this.#store.prepare('select state from negotiations where ? in (pid, peer_pid)'),
      transfer: this.#store.prepare('select state from transfers where agreement_id = ?'),
    }
    this.#all = {
      negotiation: this.#store.prepare('select pid, state from negotiations'),
      transfer: this.#store.prepare('select pid, state from transfers'),
    }
  }

  /** State of one process: a negotiation by its pid on either side, the newest transfer of an agreement. */
  state(machine: Machine, id: string): string | undefined {
    return this.#newest[machine].all(id).at(-1)?.state
  }

  processes(machine: Machine): Map<string, string> {
    return new Map(this.#all[machine].all().map(({ pid, state }) => [pid, state]))
  }

  /** Pids that are not in `known`. */
  fresh(machine: Machine, known: ReadonlyMap<string, string>): { pid: string; state: string }[] {
    return this.#all[machine].all().filter(({ pid }) => !known.has(pid))
  }

  /** Processes that are not at an end. */
  live(): LiveProcess[] {
    return (['negotiation', 'transfer'] as const).flatMap((machine) =>
      this.#store
        .prepare<[], { pid: string; role: string; state: string; pending: number; agreement: string | null }>(
          `select pid, role, state, json_extract(process, '$.pending') is not null as pending,
             json_extract(process, '$.agreementId') as agreement from ${machine}s
           where state not in ('FINALIZED', 'TERMINATED', 'COMPLETED')`,
        )
        .all()
        .map(({ pid, role, state, pending, agreement }) => ({
          machine,
          pid,
          role,
          state,
          pending: pending === 1,
          agreement: agreement ?? undefined,
        })),
    )
  }

  /** Every process by its pid. */
  ends(machine: Machine): Map<string, ProcessEnd> {
    const rows = this.#store
      .prepare<[], { pid: string; state: string; peerPid: string | null }>(
        `select pid, state, peer_pid as peerPid from ${machine}s`,
      )
      .all()
    return new Map(rows.map(({ pid, state, peerPid }) => [pid, { state, peerPid: peerPid ?? undefined }]))
  }

  agreements(): string[] {
    return this.#store
      .prepare<[], { id: string }>('select id from agreements order by rowid')
      .all()
      .map(({ id }) => id)
  }

  close(): void {
    this.#store.close()
  }
}
