import type * as z from 'zod'
import type { Did, Sha256 } from '../../schemas/ids.ts'
import type { DidDocument } from '../../schemas/identity.ts'
import type { Invitation, ParticipantList, Rulebook, TrustList } from '../../schemas/governance.ts'
import { sha256Hex, utf8 } from '../canonical/hash.ts'
import { type Checked, failed, passed } from '../identity/checked.ts'
import { type SigningKey, didOfKid, readJws, signJws, verifyJws } from '../identity/jws.ts'
import { selectKey } from '../identity/verification-method.ts'

/** What an authority signs besides credentials. */
export type GovernanceDocument = Rulebook | TrustList | ParticipantList | Invitation

export type DocumentFault = 'document.malformed' | 'document.signer' | 'document.signature' | 'document.digest'

/** 10,000 participants fit. */
const maxLength = 8 * 1024 * 1024

/** Compact JWS of the document by the authority's assertion key. `type` in the payload says which document it is. */
export function signDocument(document: GovernanceDocument, key: SigningKey): Promise<string> {
  return signJws(document, { key })
}

/** SHA-256 of the signed text, the name of a rulebook version. */
export function documentDigest(text: string): Sha256 {
  return sha256Hex(utf8(text))
}

/** The document inside, nothing verified: to learn which authority to resolve. */
export function readDocument<Schema extends z.ZodType<GovernanceDocument>>(
  text: string,
  schema: Schema,
): Checked<z.infer<Schema>, DocumentFault> {
  const jws = readJws(text, maxLength)
  if (!jws.ok) return failed('document.malformed', jws.detail)
  const parsed = schema.safeParse(jws.value.payload)
  return parsed.success ? passed(parsed.data) : failed('document.malformed', 'not the expected kind of document')
}

/** The document after its signature verified as one of `authority`, whose DID document is given. */
export async function verifyDocument<Schema extends z.ZodType<GovernanceDocument>>(
  text: string,
  { schema, authority, document }: { schema: Schema; authority: Did; document: DidDocument },
): Promise<Checked<z.infer<Schema>, DocumentFault>> {
  const read = readDocument(text, schema)
  const jws = readJws(text, maxLength)
  if (!read.ok) return read
  if (!jws.ok) return failed('document.malformed', jws.detail)
  const { kid } = jws.value
  if (read.value.authority !== authority || (kid !== undefined && didOfKid(kid) !== authority)) {
    return failed('document.signer', 'signed in the name of another authority')
  }
  const key = selectKey(document, { did: authority, kid, relationship: 'assertionMethod' })
  if (!key.ok) return failed('document.signer', key.detail)
  const verified = await verifyJws(text, key.value)
  return verified.ok ? read : failed('document.signature', verified.detail)
}
