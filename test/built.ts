import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createThreadWorkers } from '../node/adapters/workers-threads/thread-workers.ts'

const folder = process.env['BUILT_FOR_TESTS'] ?? 'dist'

/** The command line as users start it: the bundle, not the sources. */
export const builtCli = join(folder, 'tanemaki.js')

/** Worker threads of the bundle, which start in a tenth of the time that the sources take. */
export const builtWorkers = createThreadWorkers(pathToFileURL(join(folder, 'worker.js')))
