import type { Did } from '../../schemas/ids.ts'
import { type PresentationFault, StatusEntry } from '../../schemas/identity.ts'
import { type Checked, failed, passed } from './checked.ts'
import type { CredentialContext } from './credential.ts'
import { statusBit } from './status-list.ts'

/** Value of a set bit per purpose; a purpose outside is not understood and refuses. */
const faults: ReadonlyMap<string, PresentationFault> = new Map([
  ['revocation', 'vc.status_revoked'],
  ['suspension', 'vc.status_suspended'],
])

/**
 * V10: every status entry of a credential is understood, its list is to be had and says 0. A credential without an entry
 * cannot be revoked and passes. The value is the time (ms) until which the lists may be relied on.
 */
export async function checkStatus(
  entries: readonly unknown[],
  { issuer, statusList }: { issuer: Did; statusList: CredentialContext['statusList'] },
): Promise<Checked<number, PresentationFault>> {
  let freshUntil = Infinity
  for (const candidate of entries) {
    const entry = StatusEntry.safeParse(candidate)
    const fault = faults.get(entry.data?.statusPurpose ?? '')
    if (!entry.success || fault === undefined) return failed('vc.status_unsupported', 'a status of unknown form')
    const fetched = await statusList(entry.data.statusListCredential, issuer)
    if (!fetched.ok) return fetched
    const { list } = fetched.value
    if (list.purpose !== entry.data.statusPurpose) return failed('vc.status_invalid', 'the list has another purpose')
    const bit = statusBit(list, entry.data.statusListIndex)
    if (bit === undefined) return failed('vc.status_invalid', 'the index lies outside the list')
    if (bit === 1) return failed(fault, `the ${entry.data.statusPurpose} bit is set`)
    freshUntil = Math.min(freshUntil, fetched.value.freshUntil)
  }
  return passed(freshUntil)
}
