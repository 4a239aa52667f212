/**
 * The run cannot go on now, through no fault of a candidate: nothing is recorded for those that were open, and resuming goes on
 * with them. `message` and `hint` are for a person.
 */
export class RunStopped extends Error {
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.name = 'RunStopped'
    this.hint = hint
  }
}

/** A cell could not be made, so its candidate is rejected. */
export class CellRejected extends Error {
  readonly reason: string
  constructor(reason: string) {
    super(`rejected: ${reason}`)
    this.name = 'CellRejected'
    this.reason = reason
  }
}
