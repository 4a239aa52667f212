import * as z from 'zod'
import { ParticipantId } from './ids.ts'

const Secret = z
  .string()
  .max(4096)
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'not the value of an HTTP header')
  .refine((value) => value.length >= 32, 'shorter than 32 characters; anyone could guess it')

/** How a peer proves who it is by shared secrets: complete values of the Authorization header, one for each direction. */
export const SharedSecrets = z.strictObject({ theirs: Secret, ours: Secret })

/**
 * What a node is told of one connector that differs from what a DID document says, or that has none. A profile is about this peer
 * alone; nothing in it changes how others are authenticated.
 */
export const PeerProfileEntry = z
  .strictObject({
    participantId: ParticipantId,
    /** Base URL of its endpoints of Dataspace Protocol 2025-1, version included. Default: what its DID document says. */
    address: z.url({ protocol: /^https?$/ }).optional(),
    /** Further origins that its callback addresses may have. */
    callbackOrigins: z.array(z.url({ protocol: /^https?$/ })).default([]),
    /** How long (ms) to wait before speaking in a process: for connectors that lose words which come too early. */
    pauseMs: z.int().min(0).max(10_000).default(0),
    /** As consumer it takes its own start of a suspended transfer for a wish, and waits for a start that answers it. */
    awaitsStart: z.boolean().default(false),
    /** Longest file (bytes) that is copied of it without a manifest, which would say how long it is. */
    mostCopyBytes: z
      .int()
      .positive()
      .default(10 * 1024 ** 3),
    /** Absent: it authenticates by the Decentralized Claims Protocol, as members do. */
    sharedSecrets: SharedSecrets.optional(),
  })
  .refine(({ sharedSecrets, participantId, address }) => {
    return sharedSecrets === undefined ? participantId.startsWith('did:') : address !== undefined
  }, 'a peer without shared secrets must be named by its DID, and one with them needs an address')
export type PeerProfileEntry = z.infer<typeof PeerProfileEntry>

/** `peers.json` in the data folder, mode 0600. */
export const PeersFile = z.strictObject({ peers: z.array(PeerProfileEntry).max(1000) })
export type PeersFile = z.infer<typeof PeersFile>
