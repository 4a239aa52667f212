import { describe, expect, it } from 'vitest'
import { DisplayName, FoundSpace, InviteMember } from './governance.ts'

describe('names that others chose', () => {
  it.each(['Bureau of Statistics', '統計局', 'Institut für Ökologie', "O'Brien & Söhne (Ltd.)", 'مكتب', '👩‍🔬 Lab'])(
    'may be %s',
    (name) => {
      expect(DisplayName.parse(name)).toBe(name)
    },
  )

  it.each(['', 'a\u001b[2Jb', 'two\nlines', 'tab\there', 'evil\u202eeman', '\u0000', 'x'.repeat(201)])(
    'cannot be %j',
    (name) => {
      expect(DisplayName.safeParse(name).success).toBe(false)
      expect(InviteMember.safeParse({ name }).success).toBe(false)
      expect(FoundSpace.safeParse({ name }).success).toBe(false)
    },
  )
})
