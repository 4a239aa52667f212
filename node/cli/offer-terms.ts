import type { Command } from 'commander'
import * as z from 'zod'
import { refuse } from '../../protocol/refusal.ts'
import type { Terms } from '../../schemas/negotiation.ts'
import { Offer, OfferTerms } from '../../schemas/policy.ts'
import { positiveWhole } from './number-argument.ts'
import { parseDocument } from './parse-document.ts'
import { readDocument } from './read-document.ts'

/** Options that fill in the offer template. */
export interface TermsOptions {
  readonly terms?: string
  readonly partner?: string[]
  readonly purpose?: string[]
  readonly from?: string
  readonly until?: string
  readonly pulls?: number
  readonly deleteBy?: string
  readonly derivation?: true
}

export function withTerms(command: Command): Command {
  return command
    .option('--terms <file>', 'YAML or JSON with one offer or a list of them, instead of the options below')
    .option('--partner <did...>', 'offer to these partners only; default: every member of the space')
    .option('--purpose <id...>', 'purposes of the rulebook, any of which is allowed; default: any')
    .option('--from <time>', 'first moment of use; a date alone is 00:00 UTC of that day')
    .option('--until <time>', 'last moment of use, likewise')
    .option('--pulls <n>', 'how often it may be pulled under one agreement', positiveWhole)
    .option('--delete-by <time>', 'when copies must be deleted, likewise; default: as late as the rulebook allows')
    .option('--derivation', 'partners may also make new datasets from it, which inherit these terms')
}

function offerTerms(options: TermsOptions): OfferTerms[] {
  const terms = {
    partners: options.partner ?? 'members',
    purposes: options.purpose,
    notBefore: instant(options.from),
    notAfter: instant(options.until),
    pulls: options.pulls,
    deleteBy: instant(options.deleteBy),
    derivation: options.derivation,
  }
  const given = Object.entries(terms).filter(([, value]) => value !== undefined)
  return [parseDocument(OfferTerms, Object.fromEntries(given))]
}

/** The terms of exactly one offer, from the options or from a file that may also hold an ODRL offer written by hand. */
export function oneOffer(options: TermsOptions): Terms {
  const { offers, writtenOffers = [] } = publishedOffers(options)
  const [only, ...more] = [...offers.map((terms) => ({ terms })), ...writtenOffers.map((offer) => ({ offer }))]
  if (only !== undefined && more.length === 0) return only
  return refuse('invalid-request', 'the file holds more than one offer', 'Give a file with one.')
}

/** What dataset publish takes: offers from the options, or those of a file, templates and ODRL offers mixed as they come. */
export function publishedOffers(options: TermsOptions): { offers: OfferTerms[]; writtenOffers?: Offer[] } {
  if (options.terms === undefined) return { offers: offerTerms(options) }
  const document = readDocument(options.terms)
  const all: unknown[] = Array.isArray(document) ? document : [document]
  const odrl = all.filter(isOdrl)
  const offers = parseDocument(
    z.array(OfferTerms),
    all.filter((each) => !isOdrl(each)),
  )
  return odrl.length === 0 ? { offers } : { offers, writtenOffers: parseDocument(z.array(Offer), odrl) }
}

function isOdrl(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'permission' in value
}

/** Whether any of the options was given. */
export function namesTerms(options: TermsOptions): boolean {
  return ['terms', 'partner', 'purpose', 'from', 'until', 'pulls', 'deleteBy', 'derivation'].some(
    (name) => name in options,
  )
}

/** Any time that names its moment, as the protocol writes it. */
function instant(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const time = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00.000Z` : text)
  return Number.isNaN(time) ? text : new Date(time).toISOString()
}
