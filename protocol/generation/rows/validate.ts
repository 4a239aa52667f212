import type { CellValue } from '../../../schemas/row-columns.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { Validator } from '../../../schemas/validators.ts'
import { japaneseShare, latinShare, simplifiedOnlyCharacters } from '../../text/language.ts'
import { overlapShare } from '../../text/ngrams.ts'
import { codePoints, normaliseForComparison } from '../../text/normalise.ts'
import { numbersIn } from '../../text/numbers.ts'
import { findPii } from '../../text/pii/find-pii.ts'
import { longestCommonSpan } from '../../text/suffix-automaton.ts'
import { words } from '../../text/words.ts'
import { jsonIn } from './read-answer.ts'
import type { PlannedValidation, PlannedValidator } from './row-plan.ts'
import { convert } from './sampler-conversion.ts'
import { TemplateError } from './templates/syntax.ts'
import { equal, memberOf, textOf } from './templates/values.ts'

/** What a validator measured; counts, shares and kinds, never a part of a text. */
export type Measured = { readonly valid: boolean; readonly [measure: string]: CellValue }

/**
 * Cell of a validation column: `valid`, the names of the validators that `failed`, and for each validator what it measured (by
 * target where there are several). Throws TemplateError when a member that is compared with is missing.
 */
export function validationCell(
  { column, validators }: PlannedValidation,
  row: RowRecord,
): { [key: string]: CellValue } {
  const measured = validators.map((planned) => {
    const each = column.targets.map((target) => measure(planned, row[target] ?? null, row))
    const [only] = each
    const valid = each.every((one) => one.valid)
    const detail =
      each.length === 1 && only !== undefined
        ? only
        : { valid, ...Object.fromEntries(column.targets.map((target, at) => [target, each[at] ?? null])) }
    return { name: planned.name, valid, detail }
  })
  const failed = measured.filter(({ valid }) => !valid).map(({ name }) => name)
  return {
    valid: failed.length === 0,
    failed,
    ...Object.fromEntries(measured.map(({ name, detail }) => [name, detail as CellValue])),
  }
}

/** Value that a validator compares with, as `article.text`. */
function referred(reference: string, row: RowRecord): CellValue {
  const value = reference
    .split('.')
    .reduce<CellValue | undefined>(
      (of, step) => (of === undefined ? undefined : memberOf(of, Array.isArray(of) ? Number(step) : step)),
      row,
    )
  if (value === undefined) throw new TemplateError('there is no such member', reference, 0)
  return value
}

type Of<Kind extends Validator['kind']> = Extract<Validator, { kind: Kind }>

/** Measures one value. Texts are compared in their normalised form; a value that is no text counts as its JSON. */
export function measure({ validator, pattern, schema }: PlannedValidator, value: CellValue, row: RowRecord): Measured {
  const text = textOf(value)
  switch (validator.kind) {
    case 'regex':
      return { valid: pattern?.test(text) === validator.mustMatch }
    case 'length':
      return lengthOf(validator, text)
    case 'json-schema': {
      const given = schema?.check(value) ?? []
      const inText = given.length > 0 && typeof value === 'string' ? jsonIn(value) : undefined
      const violations = inText === undefined ? given : (schema?.check(inText.value) ?? [])
      return { valid: violations.length === 0, violations: violations.map(({ path, reason }) => ({ path, reason })) }
    }
    case 'language':
      return languageOf(validator, text)
    case 'pii':
      return piiOf(validator, text)
    case 'overlap':
      return overlapOf(validator, text, textOf(referred(validator.with, row)))
    case 'numbers':
      return numbersOf(validator, text, textOf(referred(validator.with, row)))
    case 'terms': {
      const { terms } = validator
      return termsOf(
        typeof terms === 'string' ? referred(terms, row) : terms,
        text,
        textOf(referred(validator.with, row)),
      )
    }
    case 'banned': {
      const normal = normaliseForComparison(text)
      const found = validator.terms.filter((term) => normal.includes(normaliseForComparison(term))).length
      return { valid: found === 0, found }
    }
    case 'agrees':
      break
  }
  return agreementOf(validator, value, referred(validator.with, row))
}

function lengthOf({ unit, min, max }: Of<'length'>, text: string): Measured {
  const length = unit === 'words' ? words(text).length : codePoints(text).length
  return { valid: length >= (min ?? 0) && length <= (max ?? Number.POSITIVE_INFINITY), length }
}

function languageOf({ language, minShare }: Of<'language'>, text: string): Measured {
  if (language === 'en') {
    const share = latinShare(text)
    return { valid: share >= minShare, share }
  }
  const share = japaneseShare(text)
  const simplified = simplifiedOnlyCharacters(text)
  return { valid: share >= minShare && simplified === 0, share, simplified }
}

function piiOf({ allow }: Of<'pii'>, text: string): Measured {
  const found: Record<string, number> = {}
  for (const { kind } of findPii(text)) if (!allow.includes(kind)) found[kind] = (found[kind] ?? 0) + 1
  return { valid: Object.keys(found).length === 0, found }
}

function overlapOf({ n, maxShare, maxSpan }: Of<'overlap'>, text: string, reference: string): Measured {
  const [own, other] = [normaliseForComparison(text), normaliseForComparison(reference)]
  const share = overlapShare(own, other, n)
  const span = longestCommonSpan(own, other).length
  return { valid: share <= maxShare && span <= maxSpan, share, span }
}

function numbersOf({ direction }: Of<'numbers'>, text: string, reference: string): Measured {
  const [own, other] = [new Set(numbersIn(text)), new Set(numbersIn(reference))]
  const missing = [...other].filter((number) => !own.has(number)).length
  const invented = [...own].filter((number) => !other.has(number)).length
  const valid = (direction === 'not-invented' || missing === 0) && (direction === 'kept' || invented === 0)
  return { valid, missing, invented }
}

function termsOf(given: CellValue, text: string, reference: string): Measured {
  const terms = typeof given === 'string' ? [given] : given
  if (!Array.isArray(terms)) throw new TemplateError('the terms are no list', '', 0)
  const [own, other] = [normaliseForComparison(text), normaliseForComparison(reference)]
  const required = terms.map((term) => normaliseForComparison(textOf(term))).filter((term) => other.includes(term))
  const missing = required.filter((term) => !own.includes(term)).length
  return { valid: missing === 0, required: required.length, missing }
}

const numberOf = (value: CellValue): number | undefined => {
  const number = typeof value === 'number' || typeof value === 'string' ? convert(value, 'number') : undefined
  return typeof number === 'number' ? number : undefined
}

function agreementOf({ tolerance }: Of<'agrees'>, value: CellValue, reference: CellValue): Measured {
  const [a, b] = [numberOf(value), numberOf(reference)]
  if (a !== undefined && b !== undefined) return { valid: Math.abs(a - b) <= tolerance, difference: Math.abs(a - b) }
  if (typeof value === 'string' && typeof reference === 'string')
    return { valid: normaliseForComparison(value) === normaliseForComparison(reference) }
  return { valid: equal(value, reference) }
}
