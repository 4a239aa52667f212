import type { PushedFile } from '../../schemas/pushes.ts'

/** What sinks have acknowledged, by the provider's process id: after a crash it is not sent again. */
export interface PushStore {
  /** By name. */
  files(transferId: string): Promise<PushedFile[]>
  /** Replaces what is known of the file; durable when it resolves. */
  put(transferId: string, file: PushedFile): Promise<void>
}
