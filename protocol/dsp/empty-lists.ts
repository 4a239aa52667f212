/**
 * A message without its members that are empty lists, at every depth: in JSON-LD they say the same as no member, and peers
 * differ in which of both they write. What is parsed from it has a canonical form.
 */
export function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => !(Array.isArray(member) && member.length === 0))
  return Object.fromEntries(members.map(([name, member]) => [name, withoutEmptyLists(member)]))
}
