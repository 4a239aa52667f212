const LINK = /\s*<([^<>]*)>((?:\s*;\s*[^\s;=,"]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)\s*(?:,|$)/y
const PARAMETER = /;\s*([^\s;=,"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))/g

/**
 * Target of the first link with this relation type in the value of a Link header (RFC 8288 §3; several headers joined by
 * commas), as it is written there. Undefined when there is none, or none before the first text that is no link.
 */
export function linkTarget(header: string, relation: string): string | undefined {
  LINK.lastIndex = 0
  for (let link = LINK.exec(header); link !== null; link = LINK.exec(header)) {
    const [text = '', target, parameters = ''] = link
    for (const [, name = '', quoted, plain] of parameters.matchAll(PARAMETER)) {
      if (name.toLowerCase() !== 'rel') continue
      // The first rel counts (§3.3); it may hold several types.
      if ((quoted ?? plain ?? '').toLowerCase().split(/\s+/).includes(relation)) return target
      break
    }
    if (text.length === 0) return undefined
  }
  return undefined
}
