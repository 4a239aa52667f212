import { asc, eq } from 'drizzle-orm'
import { PushedFile } from '../../../schemas/pushes.ts'
import type { PushStore } from '../../transfer/push-store.ts'
import type { Database } from './open.ts'
import { pushedFiles } from './tables/transfer.ts'

export function createPushStore({ orm }: Database): PushStore {
  return {
    files: async (transferId) =>
      orm
        .select({ file: pushedFiles.file })
        .from(pushedFiles)
        .where(eq(pushedFiles.transferId, transferId))
        .orderBy(asc(pushedFiles.name))
        .all()
        .map(({ file }) => PushedFile.parse(JSON.parse(file))),
    put: async (transferId, pushed) => {
      const file = JSON.stringify(pushed)
      orm
        .insert(pushedFiles)
        .values({ transferId, name: pushed.name, file })
        .onConflictDoUpdate({ target: [pushedFiles.transferId, pushedFiles.name], set: { file } })
        .run()
    },
  }
}
