import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type PlotLanguage, reportPlots } from '../../../protocol/generation/rows/plots/report-plots.ts'
import { PersonaEffect, RunReport } from '../../../schemas/run-report.ts'
import type { CliContext } from '../command.ts'
import { printEffect, printReport } from '../show-report.ts'

interface ReportOptions {
  readonly out?: string
  readonly without?: string
  readonly language: PlotLanguage
}

export function addReportCommand(run: Command, cli: CliContext): void {
  run
    .command('report')
    .description(
      'what a run of a row recipe came to: funnel, cost, diversity, copying, coverage, judges; for people of this node',
    )
    .argument('<run>', 'id of the run')
    .option('--out <folder>', 'also write report.json and its pictures (SVG) into this folder')
    .option('--without <run>', 'compare with a run on the same seeds that had no personas')
    .addOption(new Option('--language <language>', 'of the pictures').choices(['en', 'ja']).default('en'))
    .action(async (id: string, options: ReportOptions) => {
      const path = `/runs/${encodeURIComponent(id)}`
      const report = await cli.api().follow(`${path}/report`, {}, { schema: RunReport })
      const { without } = options
      const effect =
        without === undefined
          ? undefined
          : await cli.api().follow(`${path}/compare`, { without }, { schema: PersonaEffect })
      const files = options.out === undefined ? [] : writeReport(resolve(options.out), report, options.language)
      cli.output.result({ report, effect, files }, (print) => {
        printReport(print, report)
        if (effect !== undefined) printEffect(print, effect)
        for (const file of files) print.line(`written: ${file}`)
      })
    })
}

/** As private as the seeds: readable by their owner alone. */
function writeReport(folder: string, report: RunReport, language: PlotLanguage): string[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = [
    { path: join(folder, 'report.json'), text: `${JSON.stringify(report, null, 2)}\n` },
    ...reportPlots(report, language).map(({ name, svg }) => ({ path: join(folder, `${name}.svg`), text: svg })),
  ]
  for (const { path, text } of files) writeFileSync(path, text, { mode: 0o600 })
  return files.map(({ path }) => path)
}
