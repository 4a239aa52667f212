import { compactVerify } from 'jose'
import * as z from 'zod'
import { fromBase64Url, toBase64Url, utf8 } from '../canonical/hash.ts'
import { readStrictJson } from '../canonical/strict-json.ts'
import { type Checked, failed, passed } from './checked.ts'
import type { VerificationKey } from './verification-method.ts'

/** Signs bytes with a key that never leaves its holder; ECDSA as raw r‖s (RFC 7518 §3.4). */
export type Signer = (message: Uint8Array) => Promise<Uint8Array>

/** Who signs, under which id the public key is published, and with what. */
export interface SigningKey {
  readonly kid: string
  readonly alg: 'ES256' | 'EdDSA'
  readonly sign: Signer
}

export type JwsFault = 'jws.malformed' | 'jws.header' | 'jws.signature'

const Header = z.looseObject({
  alg: z.string().max(16),
  typ: z.string().max(128).optional(),
  kid: z.string().max(1024).optional(),
})

/** A compact JWS taken apart, nothing verified. */
export interface ReadJws {
  readonly kid: string | undefined
  readonly typ: string | undefined
  readonly payload: Readonly<Record<string, unknown>>
}

const Payload = z.record(z.string(), z.unknown())
const forbidden = ['crit', 'jwk', 'jku', 'x5u', 'x5c', 'b64', 'zip']

/** Compact JWS (RFC 7515 §7.1) over the JSON text of `payload`, with `kid` and `alg` of the key in its header. */
export async function signJws(
  payload: Readonly<Record<string, unknown>>,
  { key, typ = 'JWT' }: { key: SigningKey; typ?: string },
): Promise<string> {
  const header = { alg: key.alg, typ, kid: key.kid }
  const input = `${toBase64Url(utf8(JSON.stringify(header)))}.${toBase64Url(utf8(JSON.stringify(payload)))}`
  return `${input}.${toBase64Url(await key.sign(utf8(input)))}`
}

/**
 * Takes a compact JWS apart. Refuses symmetric and absent algorithms, keys brought along in the header, critical extensions,
 * JSON with two readings, and texts longer than `maxLength` characters. Verifies no signature.
 */
export function readJws(token: string, maxLength: number): Checked<ReadJws, JwsFault> {
  if (token.length > maxLength) return failed('jws.malformed', 'too long')
  const [head, body, signature, ...rest] = token.split('.')
  if (head === undefined || body === undefined || !signature || rest.length > 0) {
    return failed('jws.malformed', 'not three parts')
  }
  const rawHeader = readJson(head)
  const header = Header.safeParse(rawHeader)
  const payload = Payload.safeParse(readJson(body))
  if (!header.success || !payload.success) return failed('jws.malformed', 'header or payload is not a JSON object')
  if (forbidden.some((name) => name in header.data)) return failed('jws.header', 'a header that is not accepted')
  if (/^(none|hs)/i.test(header.data.alg)) return failed('jws.header', 'an algorithm that is not accepted')
  return passed({ kid: header.data.kid, typ: header.data.typ, payload: payload.data })
}

function readJson(part: string): unknown {
  const bytes = fromBase64Url(part)
  return bytes === undefined ? undefined : readStrictJson(bytes)
}

/** Whether the signature is the key's, under an algorithm that fits the key. Looks at no claim and no clock. */
export async function verifyJws(token: string, key: VerificationKey): Promise<Checked<undefined, JwsFault>> {
  try {
    await compactVerify(token, key.jwk, { algorithms: [...key.algorithms] })
    return passed(undefined)
  } catch {
    return failed('jws.signature', 'the signature does not verify')
  }
}

/** The DID of an absolute verification method id; undefined when there is no fragment. */
export function didOfKid(kid: string): string | undefined {
  const hash = kid.indexOf('#')
  return hash > 0 && hash < kid.length - 1 ? kid.slice(0, hash) : undefined
}
