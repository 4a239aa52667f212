/** What a scope asks for: credentials of a type, or one credential by its id (DCP 1.0 §5.4.1.2). */
export interface Scope {
  readonly alias: 'type' | 'id'
  readonly value: string
}

const grammar = /^org\.eclipse\.dspace\.dcp\.vc\.(type|id):(.+?)(?::(?:read|\*|all))?$/

export const membershipType = 'MembershipCredential'
export const membershipScope = typeScope(membershipType)

/** Scope text that peers of all known programs read. */
export function typeScope(type: string): string {
  return `org.eclipse.dspace.dcp.vc.type:${type}:read`
}

/** Undefined for an unknown alias or form: it grants nothing. */
export function parseScope(text: string): Scope | undefined {
  const [, alias, value] = grammar.exec(text) ?? []
  return value === undefined ? undefined : { alias: alias === 'id' ? 'id' : 'type', value }
}

/** The requested scopes that the granted ones contain, compared as parsed values; never by substring. */
export function entitledScopes(requested: readonly string[], granted: readonly string[]): Scope[] {
  const allowed = granted.flatMap((text) => parseScope(text) ?? [])
  return requested
    .flatMap((text) => parseScope(text) ?? [])
    .filter((scope) => allowed.some(({ alias, value }) => alias === scope.alias && value === scope.value))
}
