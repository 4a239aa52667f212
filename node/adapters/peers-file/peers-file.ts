import { createHash, timingSafeEqual } from 'node:crypto'
import { placesOf, Refused } from '../../../protocol/refusal.ts'
import { type PeerProfileEntry, PeersFile } from '../../../schemas/peers.ts'
import type { PeerProfile, PeerProfiles } from '../../ports/peer-profiles.ts'
import { readSecretFile } from '../keys-file/secret-file.ts'

/** The peer profiles of a file; none where there is no file. Throws Refused `setting-invalid`. */
export async function openPeersFile(path: string): Promise<PeerProfiles> {
  const text = await readSecretFile(path, 'the file of peer profiles')
  return createPeerProfiles(text === undefined ? [] : entriesIn(text))
}

function entriesIn(text: string): readonly PeerProfileEntry[] {
  const parsed = PeersFile.safeParse(jsonIn(text))
  if (!parsed.success) {
    throw new Refused({
      code: 'setting-invalid',
      detail: 'the file of peer profiles is not well-formed',
      hint: 'Correct the listed places; docs/partners.md describes the file.',
      errors: placesOf(parsed.error),
    })
  }
  const { peers } = parsed.data
  const ids = peers.map(({ participantId }) => participantId)
  const secrets = peers.flatMap(({ sharedSecrets }) => sharedSecrets?.theirs ?? [])
  if (new Set(ids).size < ids.length || new Set(secrets).size < secrets.length) {
    throw new Refused({
      code: 'setting-invalid',
      detail: 'two peer profiles have the same participant or the same secret',
      hint: 'Give every peer one profile and a secret of its own.',
    })
  }
  return peers
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function createPeerProfiles(entries: readonly PeerProfileEntry[]): PeerProfiles {
  const profiles = new Map(entries.map((entry) => [entry.participantId, profileOf(entry)]))
  const secrets = entries.flatMap(({ participantId, sharedSecrets }) =>
    sharedSecrets === undefined ? [] : [{ participantId, digest: digestOf(sharedSecrets.theirs) }],
  )
  return {
    caller: (authorization) => {
      const given = digestOf(authorization)
      let caller: string | undefined
      // All are compared, so that the time tells nothing of which one fits.
      for (const { participantId, digest } of secrets) if (timingSafeEqual(given, digest)) caller = participantId
      return caller
    },
    of: (participant) => profiles.get(participant),
  }
}

function profileOf(entry: PeerProfileEntry): PeerProfile {
  const { participantId, address, callbackOrigins, pauseMs, awaitsStart, mostCopyBytes, sharedSecrets } = entry
  return {
    participantId,
    pauseMs,
    awaitsStart,
    mostCopyBytes,
    callbackOrigins: callbackOrigins.map((url) => new URL(url).origin),
    ...(address === undefined ? {} : { address: address.replace(/\/+$/, '') }),
    ...(sharedSecrets === undefined ? {} : { authorization: () => sharedSecrets.ours }),
  }
}

function digestOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}
