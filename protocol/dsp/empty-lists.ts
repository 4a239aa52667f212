/**
 * A message without its members that are empty lists, at every depth: in JSON-LD they say the same as no member, and peers
 * differ in which of both they write. What is parsed from it has a canonical form. What holds none is given back as it is.
 */
export function withoutEmptyLists(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map(withoutEmptyLists)
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  let changed = false
  const members: [string, unknown][] = []
  for (const [name, member] of Object.entries(value)) {
    const kept = withoutEmptyLists(member)
    const empty = Array.isArray(member) && member.length === 0
    changed ||= empty || kept !== member
    if (!empty) members.push([name, kept])
  }
  return changed ? Object.fromEntries(members) : value
}
