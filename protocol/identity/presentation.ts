import * as z from 'zod'
import type { Did } from '../../schemas/ids.ts'
import {
  type PresentationFault,
  PresentationResponseMessage,
  VC_V1_CONTEXT,
  type VerifiedCredential,
} from '../../schemas/identity.ts'
import { type Checked, failed, passed } from './checked.ts'
import { type CredentialContext, verifyCredential } from './credential.ts'
import { type ReadJws, type SigningKey, didOfKid, readJws, signJws, verifyJws } from './jws.ts'
import { leewayMs, maxTokenAgeMs, numericDate, tokenLifetimeMs } from './time.ts'
import { selectKey } from './verification-method.ts'

/** What verification of a presentation needs besides that of its credentials. */
export interface PresentationContext extends CredentialContext {
  /** This node: the only audience a presentation may have. */
  readonly verifier: Did
  /** Records the id of a presentation until `expires` (ms); false when it was used before. */
  readonly firstUse: (jti: string, expires: number) => Promise<boolean>
}

export interface VerifiedPresentation {
  readonly credentials: readonly VerifiedCredential[]
  /** ms until which the answer holds without asking again. */
  readonly freshUntil: number
}

const maxTotalLength = 262_144
const maxCredentials = 32

const Times = z.looseObject({
  iss: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  iat: z.number().optional(),
  nbf: z.number().optional(),
  jti: z.string().min(1).max(2048),
})
const oneOrMany = <Item extends z.ZodType>(item: Item) => z.union([item, z.array(item)])
const PresentationV1 = z.looseObject({
  type: oneOrMany(z.string()),
  holder: z.string().optional(),
  verifiableCredential: oneOrMany(z.string()).optional(),
})
const Enveloped = z.looseObject({ type: oneOrMany(z.string()), id: z.string() })
const PresentationV2 = z.looseObject({
  type: oneOrMany(z.string()),
  holder: z.string().optional(),
  verifiableCredential: oneOrMany(Enveloped).optional(),
})

/** Signs a presentation of VC 1.1 credentials for one verifier, valid for 60 s. `jti` must be new; `now` in ms. */
export function signPresentation(options: {
  readonly key: SigningKey
  readonly holder: Did
  readonly verifier: Did
  readonly credentials: readonly string[]
  readonly jti: string
  readonly now: number
}): Promise<string> {
  const { key, holder, verifier, credentials, jti, now } = options
  const iat = numericDate(now)
  const vp = {
    '@context': [VC_V1_CONTEXT],
    id: jti,
    type: ['VerifiablePresentation'],
    holder,
    verifiableCredential: [...credentials],
  }
  return signJws({ iss: holder, aud: verifier, jti, iat, nbf: iat, exp: iat + tokenLifetimeMs / 1000, vp }, { key })
}

/**
 * Checks V1 to V12 of an answer to a presentation query (docs/spec/identity.md). The first failure ends them; credentials of
 * types that were not requested are passed over, and every requested type must be there.
 */
export async function verifyPresentations(
  response: unknown,
  context: PresentationContext,
): Promise<Checked<VerifiedPresentation, PresentationFault>> {
  const message = PresentationResponseMessage.safeParse(response)
  if (!message.success) return failed('vp.malformed', 'not a presentation response')
  const { presentation } = message.data
  if (presentation.length === 0) return failed('vp.empty', 'no presentation')
  const tokens = presentation.filter((item) => typeof item === 'string')
  if (tokens.length < presentation.length) return failed('vp.malformed', 'a presentation that is not a JWT')
  if (tokens.reduce((total, token) => total + token.length, 0) > maxTotalLength)
    return failed('vp.too_large', 'too long')
  const found: string[] = []
  for (const token of tokens) {
    const opened = await openPresentation(token, context)
    if (!opened.ok) return opened
    found.push(...opened.value)
  }
  if (found.length > maxCredentials) return failed('vp.too_large', 'too many credentials')
  return verifyAll(found, context)
}

async function verifyAll(
  tokens: readonly string[],
  context: PresentationContext,
): Promise<Checked<VerifiedPresentation, PresentationFault>> {
  const credentials: VerifiedCredential[] = []
  let freshUntil = Infinity
  for (const token of tokens) {
    const verified = await verifyCredential(token, context)
    if (!verified.ok) return verified
    credentials.push(...verified.value.credentials)
    freshUntil = Math.min(freshUntil, verified.value.freshUntil)
  }
  const missing = context.requested.filter((type) => !credentials.some((credential) => credential.type === type))
  if (missing.length > 0) return failed('vc.missing', `no ${missing.join(', ')}`)
  return passed({ credentials, freshUntil })
}

/** V2 and V3; the value is the credentials inside. */
async function openPresentation(
  token: string,
  context: PresentationContext,
): Promise<Checked<readonly string[], PresentationFault>> {
  const jws = readJws(token, maxTotalLength)
  if (!jws.ok) return failed('vp.malformed', jws.detail)
  const signed = await checkHolderSignature(token, { jws: jws.value, context })
  if (!signed.ok) return signed
  const times = Times.safeParse(jws.value.payload)
  if (!times.success) return failed('vp.audience', 'aud, exp or jti is missing')
  const bound = await checkBinding(times.data, context)
  if (!bound.ok) return bound
  const enveloped = Enveloped.safeParse(jws.value.payload)
  if (enveloped.success && [enveloped.data.type].flat().includes('EnvelopedVerifiablePresentation')) {
    return openEnveloped(enveloped.data.id, context)
  }
  return credentialsOf(jws.value, context)
}

async function openEnveloped(
  id: string,
  context: PresentationContext,
): Promise<Checked<readonly string[], PresentationFault>> {
  const token = afterPrefix(id, 'data:application/vp+jwt,')
  const jws = readJws(token ?? '', maxTotalLength)
  if (token === undefined || !jws.ok) return failed('vp.malformed', 'an envelope without a presentation')
  const signed = await checkHolderSignature(token, { jws: jws.value, context })
  if (!signed.ok) return signed
  const { aud } = jws.value.payload
  if (aud !== undefined && !onlyAudience(aud, context.verifier)) return failed('vp.audience', 'meant for somebody else')
  return credentialsOf(jws.value, context)
}

async function checkHolderSignature(
  token: string,
  { jws, context }: { jws: ReadJws; context: PresentationContext },
): Promise<Checked<undefined, PresentationFault>> {
  const { holder } = context
  if (jws.kid !== undefined && didOfKid(jws.kid) !== holder)
    return failed('vp.holder_mismatch', 'signed by another DID')
  const document = await context.documentOf(holder, jws.kid)
  if (document === undefined) return failed('vp.key', 'the holder cannot be resolved')
  const key = selectKey(document, { did: holder, kid: jws.kid, relationship: 'authentication' })
  if (!key.ok) return failed('vp.key', key.detail)
  const verified = await verifyJws(token, key.value)
  return verified.ok ? verified : failed('vp.signature', verified.detail)
}

function onlyAudience(aud: unknown, verifier: Did): boolean {
  return Array.isArray(aud) ? aud.length === 1 && aud[0] === verifier : aud === verifier
}

async function checkBinding(
  claims: z.infer<typeof Times>,
  context: PresentationContext,
): Promise<Checked<undefined, PresentationFault>> {
  const { now, holder, verifier } = context
  if (!onlyAudience(claims.aud, verifier)) return failed('vp.audience', 'meant for somebody else')
  if (claims.iss !== undefined && claims.iss !== holder) return failed('vp.holder_mismatch', 'iss is not the holder')
  const { exp, iat = exp - maxTokenAgeMs / 1000, nbf = 0 } = claims
  const started = iat * 1000 <= now + leewayMs && nbf * 1000 <= now + leewayMs
  if (!started || !(exp * 1000 > now - leewayMs) || now - iat * 1000 > maxTokenAgeMs) {
    return failed('vp.time', 'outside its validity')
  }
  const expires = Math.min(exp * 1000, iat * 1000 + maxTokenAgeMs) + leewayMs
  return (await context.firstUse(claims.jti, expires)) ? passed(undefined) : failed('vp.replay', 'presented before')
}

function credentialsOf(jws: ReadJws, { holder }: PresentationContext): Checked<readonly string[], PresentationFault> {
  const { vp } = jws.payload
  if (vp !== undefined) {
    const parsed = PresentationV1.safeParse(vp)
    if (!parsed.success) return failed('vp.malformed', 'not a presentation')
    if ((parsed.data.holder ?? holder) !== holder) return failed('vp.holder_mismatch', 'of another holder')
    return passed([parsed.data.verifiableCredential ?? []].flat())
  }
  const parsed = PresentationV2.safeParse(jws.payload)
  if (!parsed.success || ![parsed.data.type].flat().includes('VerifiablePresentation')) {
    return failed('vp.malformed', 'not a presentation')
  }
  if ((parsed.data.holder ?? holder) !== holder) return failed('vp.holder_mismatch', 'of another holder')
  const tokens = [parsed.data.verifiableCredential ?? []]
    .flat()
    .map(({ id }) => afterPrefix(id, 'data:application/vc+jwt,'))
  const credentials = tokens.filter((token) => token !== undefined)
  return credentials.length === tokens.length
    ? passed(credentials)
    : failed('vp.malformed', 'an envelope without a credential')
}

function afterPrefix(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined
}
