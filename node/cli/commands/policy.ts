import { type Command, Option } from 'commander'
import * as z from 'zod'
import { explanationLines } from '../../../protocol/policy/explain.ts'
import { OfferForecast } from '../../../schemas/catalog.ts'
import { type Decision, Offer, Wording } from '../../../schemas/policy.ts'
import { type CliContext, exitCodes } from '../command.ts'
import { offerLines } from '../offer-lines.ts'
import type { Printer } from '../output.ts'
import { readDocument } from '../read-document.ts'

const Templates = z.object({
  templates: z.array(z.object({ name: z.string(), terms: z.unknown(), text: Wording })),
})
const Checked = z.object({ offer: Offer })
const Forecasts = z.object({ forecasts: z.array(OfferForecast) })

type Language = 'en' | 'ja'

function languageOption(): Option {
  return new Option('--language <language>', 'language of the explanation').choices(['en', 'ja']).default('en')
}

/** The explanation tree, marked and coloured. */
function printDecision(print: Printer, { permitted, explanation }: Decision, language: Language): void {
  for (const [index, text] of explanationLines(explanation, language).entries()) {
    if (index === 0) print.line(print.paint(permitted ? 'green' : 'red', text))
    else print.line(text.trimStart().startsWith('+') ? print.paint('dim', text) : text)
  }
}

/** Whether new datasets could be made from the data, and why not. */
function derivationText({ permitted, reasons }: Decision, language: Language): string {
  const words = {
    en: permitted ? 'New datasets may be made from it.' : 'No new dataset may be made from it:',
    ja: permitted
      ? 'このデータから新しいデータセットを作ることができます。'
      : 'このデータから新しいデータセットを作ることはできません:',
  }
  return [words[language], ...reasons.map(({ text }) => text[language])].join(' ')
}

export function addPolicyCommands(program: Command, cli: CliContext): void {
  const policy = program.command('policy').description('write policies and see what they will decide')
  policy
    .command('templates')
    .description('offers to fill in')
    .addOption(languageOption())
    .action(async ({ language }: { language: Language }) => {
      const { templates } = await cli.api().get('/policy/templates', Templates)
      cli.output.result({ templates }, (print) => {
        for (const { name, terms, text } of templates) {
          print.heading(name)
          print.line(text[language])
          print.line(`  ${JSON.stringify(terms)}`)
        }
        print.line('Write the terms to a file and publish with: tanemaki dataset publish DATASET --terms FILE')
      })
    })
  addCheck(policy, cli)
  addExplain(policy, cli)
}

function addCheck(policy: Command, cli: CliContext): void {
  policy
    .command('check')
    .description('check the terms of an offer or of several, or an ODRL offer, against the rulebook')
    .argument('<file>', 'YAML or JSON')
    .action(async (file: string) => {
      const content: unknown = readDocument(file)
      const offers: Offer[] = []
      for (const each of Array.isArray(content) ? content : [content]) {
        const odrl = typeof each === 'object' && each !== null && 'permission' in each
        offers.push((await cli.api().post('/policy/check', odrl ? { offer: each } : { terms: each }, Checked)).offer)
      }
      cli.output.result({ offers }, (print) => {
        for (const offer of offers) {
          print.line(print.paint('green', 'The rulebook allows this offer:'))
          for (const line of offerLines(offer)) print.line(`  ${line}`)
        }
      })
    })
}

function addExplain(policy: Command, cli: CliContext): void {
  policy
    .command('explain')
    .description('what a partner would answer to a request, or with --own what this node would answer the partner')
    .argument('<did>', 'DID of the partner')
    .argument('<dataset>', 'id of the dataset, from the catalog; with --own also its name')
    .option('--purpose <purpose>', 'purpose of the use, an id of the rulebook')
    .option('--own', 'the dataset is one of this node; the DID names who would ask')
    .addOption(languageOption())
    .action(async (did: string, dataset: string, options: { purpose?: string; own?: boolean; language: Language }) => {
      const purpose = options.purpose === undefined ? {} : { purpose: options.purpose }
      const { forecasts } =
        options.own === true
          ? await cli.api().post('/policy/explain-own', { partner: did, dataset, ...purpose }, Forecasts)
          : await cli.api().post('/policy/explain', { provider: did, dataset, ...purpose }, Forecasts)
      cli.output.result({ forecasts }, (print) => {
        for (const { offerId, decision, derivation } of forecasts) {
          print.heading(`offer ${offerId}`)
          printDecision(print, decision, options.language)
          print.line(derivationText(derivation, options.language))
        }
      })
      if (!forecasts.some(({ decision }) => decision.permitted)) process.exitCode = exitCodes.negative
    })
}
