import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Command } from 'commander'
import * as z from 'zod'
import type { CliContext } from '../command.ts'
import { positiveWhole } from '../number-argument.ts'

const Exported = z.object({ questions: z.int(), candidates: z.int() })
const Imported = z.object({ taken: z.int(), unusable: z.int() })

/** Questions of a run as a file for a machine that this node cannot reach, and the answers back. */
export function addBatchCommands(run: Command, cli: CliContext): void {
  run
    .command('export-batch')
    .description('write the open questions of a run that rests as an OpenAI batch file; it holds seed content')
    .argument('<run>', 'id of the run')
    .requiredOption('--out <file>', 'file to write, readable by its owner alone')
    .option('--candidates <number>', 'only those of so many candidates', positiveWhole)
    .action(async (id: string, options: { out: string; candidates?: number }) => {
      const query = options.candidates === undefined ? '' : `?candidates=${options.candidates}`
      const file = await open(options.out, 'wx', 0o600)
      try {
        let written = Promise.resolve()
        const result = await cli.api().follow(
          `/runs/${encodeURIComponent(id)}/batch${query}`,
          {},
          {
            schema: Exported,
            onProgress: (line) => {
              written = written.then(async () => {
                await file.write(`${JSON.stringify(line)}\n`)
              })
            },
          },
        )
        await written
        cli.output.result({ ...result, file: options.out }, (print) => {
          print.line(`${result.questions} questions of ${result.candidates} candidates are in ${options.out}`)
          print.line(`Answer them there, then: tanemaki run import-batch ${id} RESULTS`)
        })
      } finally {
        await file.close()
      }
    })
  run
    .command('import-batch')
    .description('take the results of a batch file; the run finds them when it is resumed')
    .argument('<run>', 'id of the run')
    .argument('<file>', 'output file of the batch')
    .action(async (id: string, file: string) => {
      const path = `/runs/${encodeURIComponent(id)}/batch-results`
      const result = await cli.api().upload(path, createReadStream(file), { schema: Imported })
      cli.output.result(result, (print) => {
        print.line(`${result.taken} answers taken, ${result.unusable} lines were of no use`)
        print.line(`Go on with: tanemaki run resume ${id}`)
      })
    })
}
