const escape = String.fromCharCode(27)
/** Bold, dim and colours: all that the printer itself uses. */
const ownStyle = `${escape}\\[(?:[012]|22|3[1-9])m`
/** What a terminal acts on instead of showing it, and what changes the direction of writing. */
const acted = String.raw`[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]`
const actedOrStyle = new RegExp(`(${ownStyle})|${acted}`, 'gu')
const actedInJson = new RegExp(`(?!\n)${acted}`, 'gu')

/**
 * Text as it may go to a terminal: titles, reasons and names come from partners, and a terminal would obey what is in them.
 * Line breaks stay; what else would be obeyed is shown as `\u001b`.
 */
export function harmless(text: string): string {
  return text.replaceAll(actedOrStyle, (character, style?: string) => {
    if (style !== undefined || character === '\n') return character
    return character === '\t' ? '  ' : notation(character)
  })
}

/** The same for what must stay in one row. */
export function harmlessRow(text: string): string {
  return harmless(text.replaceAll(/\r?\n/g, ' '))
}

/** JSON of a value; strings in it are the same to every reader. */
export function harmlessJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(actedInJson, notation)
}

function notation(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
