import type { Peer } from '../identity/operations.ts'

/** Takes in what peers say in one kind of process; the public routes hand it over. */
export interface ProcessInbox<Process, Opening, Message> {
  /** The process, if it is one with this peer. */
  find(pid: string, peer: Peer): Promise<Process | undefined>
  /** A message that opens a process; said again it gives the same one. Throws Refused. */
  open(peer: Peer, message: Opening): Promise<Process>
  /** Any later message, for a process that `find` gave. Throws Refused. */
  hear(peer: Peer, process: Process, message: Message): Promise<Process>
}
