import { describe, expect, it } from 'vitest'
import { entitledScopes, parseScope } from './scope.ts'

const type = (name: string) => `org.eclipse.dspace.dcp.vc.type:${name}`

describe('scopes', () => {
  it.each([
    [type('MembershipCredential'), { alias: 'type', value: 'MembershipCredential' }],
    [type('MembershipCredential:read'), { alias: 'type', value: 'MembershipCredential' }],
    [type('MembershipCredential:*'), { alias: 'type', value: 'MembershipCredential' }],
    ['org.eclipse.dspace.dcp.vc.id:urn:uuid:1', { alias: 'id', value: 'urn:uuid:1' }],
    ['org.eclipse.dspace.dcp.vc.id:urn:uuid:1:read', { alias: 'id', value: 'urn:uuid:1' }],
  ])('reads %s', (text, scope) => {
    expect(parseScope(text)).toEqual(scope)
  })

  it.each(['x:MembershipCredential', 'org.eclipse.dspace.dcp.vc.type:', 'MembershipCredential', `a ${type('X')}`])(
    'grants nothing for %s',
    (text) => {
      expect(parseScope(text)).toBeUndefined()
    },
  )

  it('narrows to what was granted, by value and not by resemblance', () => {
    const granted = [type('MembershipCredential:read')]
    expect(entitledScopes([type('MembershipCredential')], granted)).toHaveLength(1)
    expect(entitledScopes([type('Membership'), type('MembershipCredentialX'), type('Salary')], granted)).toEqual([])
    expect(entitledScopes(['org.eclipse.dspace.dcp.vc.id:MembershipCredential'], granted)).toEqual([])
  })
})
