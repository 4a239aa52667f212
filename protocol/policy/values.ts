import { readStrictJson } from '../canonical/strict-json.ts'

/**
 * Right operands as texts: a string, `{"@value"}`, `{"@id"}`, a number, or an array of these. Undefined when it is anything else
 * (ODRL 2.2 information model §2.5; DSP 2025-1 contract-schema RightOperand).
 */
export function operandTexts(value: unknown): readonly string[] | undefined {
  if (Array.isArray(value)) {
    const texts: string[] = []
    for (const item of value) {
      const text = operandText(item)
      if (text === undefined) return undefined
      texts.push(text)
    }
    return texts.length === 0 ? undefined : texts
  }
  const text = operandText(value)
  if (text === undefined) return undefined
  return listOfEdc(text) ?? [text]
}

/** The value with every right operand that is a list in EDC's words written as the list: EDC compares it with what it had read. */
export function withPlainLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPlainLists)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]: [string, unknown]) => {
    const list = name === 'rightOperand' && typeof member === 'string' ? listOfEdc(member) : undefined
    return [name, list ?? withPlainLists(member)]
  })
  return Object.fromEntries(members)
}

/** EDC cannot hold a list of values: it passes one on as the text of its expanded JSON, `[{"@value":"a"},{"@value":"b"}]`. */
function listOfEdc(text: string): readonly string[] | undefined {
  if (!text.startsWith('[{"@')) return undefined
  const items = readStrictJson(text)
  return Array.isArray(items) ? operandTexts(items) : undefined
}

function operandText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value !== 'object' || value === null) return undefined
  const members = Object.keys(value)
  if ('@id' in value && members.length === 1) return operandText(value['@id'])
  if ('@value' in value && members.every((member) => member === '@value' || member === '@type')) {
    return operandText(value['@value'])
  }
  return undefined
}

const DATE_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

/**
 * Milliseconds since 1970 of an xsd:dateTime with a zone; seconds may be missing, as in an example of DSP. Undefined for
 * everything else, times without a zone included: they name no moment.
 */
export function operandTime(value: unknown): number | undefined {
  const text = operandText(value)
  const parts = text === undefined ? null : DATE_TIME.exec(text)
  if (parts === null) return undefined
  const time = Date.parse(`${parts[1]}${parts[2] ?? ':00'}${parts[3]}`)
  return Number.isNaN(time) ? undefined : time
}

/** Non-negative integer below 2^53, undefined otherwise. */
export function operandCount(value: unknown): number | undefined {
  const text = operandText(value)
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined
  const count = Number(text)
  return Number.isSafeInteger(count) ? count : undefined
}
