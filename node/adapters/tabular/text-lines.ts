import { invalidTable } from './invalid-table.ts'
import { bytesOf, type TableFile } from './table-file.ts'

/**
 * Text of a UTF-8 file in pieces, without a byte order mark. Refuses other encodings and says which one it looks like,
 * with the line of the first byte that does not fit.
 */
export async function* utf8Text(file: TableFile): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  let first = true
  for await (const piece of bytesOf(file)) {
    if (first && isUtf16(piece)) throw wrongEncoding('UTF-16', line)
    first = false
    const text = decodeOrRefuse(decoder, { piece, line })
    line += countLines(text)
    yield text
  }
  try {
    const rest = decoder.decode()
    if (rest !== '') yield rest
  } catch {
    throw wrongEncoding(undefined, line)
  }
}

/** Lines with their numbers, without line ends. A line longer than 16 MiB is refused. */
export async function* numberedLines(
  file: TableFile,
): AsyncGenerator<{ readonly line: number; readonly text: string }> {
  let rest = ''
  let line = 0
  for await (const text of utf8Text(file)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > 1 << 24)
      throw invalidTable(`line ${line + 1} is longer than 16 MiB`, 'Write one record per line.')
    for (const each of lines) yield { line: (line += 1), text: each.endsWith('\r') ? each.slice(0, -1) : each }
  }
  if (rest !== '') yield { line: line + 1, text: rest }
}

function decodeOrRefuse(decoder: TextDecoder, { piece, line }: { piece: Buffer; line: number }): string {
  try {
    return decoder.decode(piece, { stream: true })
  } catch {
    const valid = validPrefix(piece)
    throw wrongEncoding(
      looksLikeShiftJis(piece) ? 'Shift_JIS' : undefined,
      line + countLines(piece.toString('latin1', 0, valid)),
    )
  }
}

/** Length of the longest prefix that is UTF-8; a character cut at the end of the piece counts as valid. */
function validPrefix(piece: Buffer): number {
  let low = 0
  let high = piece.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (isUtf8Prefix(piece.subarray(0, middle))) low = middle
    else high = middle - 1
  }
  return low
}

function isUtf8Prefix(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

/** Readable as Shift_JIS and with Japanese characters in it; the last byte may be half a character. */
function looksLikeShiftJis(piece: Buffer): boolean {
  try {
    const text = new TextDecoder('shift_jis', { fatal: true }).decode(piece, { stream: true })
    return /[\u3040-\u30ff\u4e00-\u9fff\uff66-\uff9f]/.test(text)
  } catch {
    return false
  }
}

function isUtf16(piece: Buffer): boolean {
  return (piece[0] === 0xff && piece[1] === 0xfe) || (piece[0] === 0xfe && piece[1] === 0xff)
}

function wrongEncoding(encoding: string | undefined, line: number) {
  const looks = encoding === undefined ? '' : `; it looks like ${encoding}`
  const from = encoding === 'Shift_JIS' ? 'CP932' : (encoding ?? 'ENCODING')
  return invalidTable(
    `the file is not UTF-8 from line ${line} on${looks}`,
    `Convert it first, for example: iconv -f ${from} -t UTF-8 in.csv > out.csv`,
  )
}

function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1
  return count
}
