import { jwtVerify } from 'jose'
import type { Did } from '../../schemas/ids.ts'
import { type DidDocument, SelfIssuedClaims } from '../../schemas/identity.ts'
import { type Checked, failed, passed } from './checked.ts'
import { type SigningKey, didOfKid, readJws, signJws } from './jws.ts'
import { leewayMs, maxTokenAgeMs, numericDate, tokenLifetimeMs } from './time.ts'
import { selectKey } from './verification-method.ts'

export type TokenFault =
  | 'token.malformed'
  | 'token.issuer'
  | 'token.audience'
  | 'token.time'
  | 'token.key'
  | 'token.signature'
  | 'token.replay'

/** A token whose form is right and whose signature is still to be verified. */
export interface ReadToken {
  readonly did: Did
  readonly kid: string | undefined
  readonly claims: SelfIssuedClaims
}

const maxTokenLength = 16_384

/** Self-issued ID token of DCP 1.0 §4.3.1, valid for 60 s. `jti` must be new for every token; `now` in ms. */
export function mintSelfIssuedToken(options: {
  readonly key: SigningKey
  readonly did: Did
  readonly audience: Did
  readonly jti: string
  readonly now: number
  readonly accessToken?: string
  readonly preAuthorizedCode?: string
}): Promise<string> {
  const { key, did, audience, jti, now, accessToken, preAuthorizedCode } = options
  const iat = numericDate(now)
  return signJws(
    {
      iss: did,
      sub: did,
      aud: audience,
      jti,
      iat,
      exp: iat + tokenLifetimeMs / 1000,
      ...(accessToken === undefined ? {} : { token: accessToken }),
      ...(preAuthorizedCode === undefined ? {} : { 'pre-authorized_code': preAuthorizedCode }),
    },
    { key },
  )
}

/**
 * Everything that can be refused about a token before a document is fetched: form, `iss` equal to `sub`, key of the issuer,
 * audience, times. `now` in ms.
 */
export function readSelfIssuedToken(
  token: string,
  { audience, now }: { audience: Did; now: number },
): Checked<ReadToken, TokenFault> {
  const read = readJws(token, maxTokenLength)
  if (!read.ok) return failed('token.malformed', read.detail)
  const parsed = SelfIssuedClaims.safeParse(read.value.payload)
  if (!parsed.success) return failed('token.malformed', 'a claim is missing or has the wrong form')
  const claims = parsed.data
  if ('vc' in claims || 'vp' in claims) return failed('token.malformed', 'a credential or presentation, not a token')
  if (claims.iss !== claims.sub) return failed('token.issuer', 'iss and sub differ')
  const { kid } = read.value
  if (kid !== undefined && didOfKid(kid) !== claims.iss) return failed('token.issuer', 'signed by a key of another DID')
  if (claims.aud.length !== 1 || claims.aud[0] !== audience) return failed('token.audience', 'meant for somebody else')
  const late = timeFault(claims, now)
  if (late !== undefined) return failed('token.time', late)
  return passed({ did: claims.iss, kid, claims })
}

/** Why the times of a token do not fit the clock of its receiver: mostly two clocks that differ. */
function timeFault({ iat, exp, nbf = 0 }: SelfIssuedClaims, now: number): string | undefined {
  const seconds = (ms: number) => `${Math.round(ms / 1000)} s`
  const start = Math.max(iat, nbf) * 1000
  if (start > now + leewayMs) return `begins ${seconds(start - now)} ahead of the clock here`
  if (exp * 1000 <= now - leewayMs) return `ended ${seconds(now - exp * 1000)} ago by the clock here`
  return now - iat * 1000 > maxTokenAgeMs ? `is ${seconds(now - iat * 1000)} old by the clock here` : undefined
}

/**
 * The claims of a token after all checks of DCP 1.0 §4.3.3 except the single use of `jti`, which the caller records after
 * this passed. `document` is the DID document of the token's issuer; `now` in ms.
 */
export async function verifySelfIssuedToken(
  token: string,
  { audience, now, document }: { audience: Did; now: number; document: DidDocument },
): Promise<Checked<SelfIssuedClaims, TokenFault>> {
  const read = readSelfIssuedToken(token, { audience, now })
  if (!read.ok) return read
  const { did, kid, claims } = read.value
  const key = selectKey(document, { did, kid, relationship: 'capabilityInvocation' })
  if (!key.ok) return failed('token.key', key.detail)
  try {
    await jwtVerify(token, key.value.jwk, {
      algorithms: [...key.value.algorithms],
      issuer: did,
      subject: did,
      audience,
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'],
      clockTolerance: leewayMs / 1000,
      maxTokenAge: maxTokenAgeMs / 1000,
      currentDate: new Date(now),
    })
  } catch {
    return failed('token.signature', 'the signature does not verify')
  }
  return passed(claims)
}

/** When a used `jti` may be forgotten, ms: the token itself is refused from then on. */
export function replayHorizon(claims: SelfIssuedClaims): number {
  return Math.min(claims.exp * 1000, claims.iat * 1000 + maxTokenAgeMs) + leewayMs
}
