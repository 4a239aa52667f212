import { type AuditedBundle, type AuditedLog, Faults, type Finding, notApplicable } from './bundle.ts'

/** `key-history`: every key that signed something in the bundle is in its owner's log, and was not revoked before. */
export function checkKeyHistory(bundle: AuditedBundle): Finding {
  const faults = new Faults()
  let checked = 0
  for (const { did, origin } of bundle.description?.logs ?? []) {
    const log = bundle.logs.get(origin)
    if (log === undefined) continue
    for (const { keyId, place } of usesOf(bundle, did)) {
      checked += 1
      const added = log.records.some(({ record }) => record.type === 'key-add' && record.keyId === keyId)
      faults.expect(added, place, `the key ${keyId} is not in the log of its owner`)
    }
    checkRevocations(log, faults)
  }
  return checked === 0
    ? notApplicable('no signature of a party whose log is in the bundle')
    : faults.finding(`${checked} signatures under logged keys`)
}

function usesOf(bundle: AuditedBundle, did: string): { keyId: string; place: string }[] {
  const own = (keyid: string | undefined): keyid is string => keyid?.startsWith(`${did}#`) === true
  const signed = [...bundle.manifests.values(), ...bundle.receipts]
  return signed.flatMap(({ envelope, path }) =>
    envelope.signatures.flatMap(({ keyid }) => (own(keyid) ? [{ keyId: keyid, place: path }] : [])),
  )
}

/** A record signed with a key must stand before that key's revocation. */
function checkRevocations({ records, folder }: AuditedLog, faults: Faults): void {
  const revokedAt = new Map<string, number>()
  for (const { record, index } of records) {
    if (record.type === 'key-revoke') revokedAt.set(record.keyId, index)
    if (record.type !== 'manifest' && record.type !== 'withdrawal') continue
    const revoked = revokedAt.get(record.keyId)
    faults.expect(revoked === undefined, folder, `leaf ${index} was signed with a key revoked at leaf ${revoked ?? 0}`)
  }
}
