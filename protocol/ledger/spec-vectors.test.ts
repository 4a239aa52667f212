import { readFileSync } from 'node:fs'
import { ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, it } from 'vitest'
import { Did, Instant, Sha256 } from '../../schemas/ids.ts'
import { ReceiptProposal } from '../../schemas/ledger.ts'
import { preAuthEncoding, signDsse } from '../canonical/dsse.ts'
import { toBase64, toHex, utf8 } from '../canonical/hash.ts'
import { foldNodes, inclusionNodes, leafHash, treeNodes, treeRoot } from '../canonical/merkle.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { budgetLeaf, keyAddLeaf, receiptEntry, seedCommitmentLeaf } from './leaf.ts'
import { buildReceipt, emptyChain, receiptCommitment, receiptPayload, receiptSalt } from './receipt.ts'
import { formatVkey, signNote } from './signed-note.ts'
import { formatTlogProof } from './tlog-proof.ts'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const spec = (name: string) => readFileSync(new URL(`../../docs/spec/${name}.md`, import.meta.url), 'utf8')
const digest = (fill: string) => Sha256.parse(fill.repeat(64))
const at = Instant.parse('2026-11-22T10:00:00.000Z')
const [provider, consumer] = [Did.parse('did:web:provider.example'), Did.parse('did:web:consumer.example')]
const logSeed = new Uint8Array(32).fill(1)
const key = { name: 'provider.example/ledger', publicKey: ed25519.getPublicKey(logSeed) }

/** The example of receipt.md, signed by both parties with the seeds 0x02… and 0x03…. */
async function exampleReceipt() {
  const exchangeId = 'urn:uuid:00000000-0000-4000-8000-000000000003'
  const proposal = ReceiptProposal.parse({
    type: 'AgreementFinalized',
    exchangeId,
    provider,
    consumer,
    agreement: { id: exchangeId, sha256: digest('a') },
    manifestId: `sha256:${digest('b')}`,
    offer: { sha256: digest('c') },
    body: { duties: [{ action: 'delete', by: '2027-01-01T00:00:00.000Z' }] },
  })
  const receipt = buildReceipt(proposal, {
    exchange: emptyChain,
    pair: emptyChain,
    provider: { did: provider, keyId: `${provider}#statement`, log: 'provider.example/ledger' },
    consumer: { did: consumer, keyId: `${consumer}#statement`, log: 'consumer.example/ledger' },
    at,
    notAfter: Instant.parse('2026-11-24T10:00:00.000Z'),
    nonce: new Uint8Array(16).fill(4),
    proofs: [],
  })
  const signer = (did: Did, fill: number) => ({
    keyid: `${did}#statement`,
    sign: (message: Uint8Array) => ed25519.sign(message, new Uint8Array(32).fill(fill)),
  })
  const type = 'application/vnd.tanemaki.receipt.v1+json'
  return signDsse(type, receiptPayload(receipt), [signer(consumer, 3), signer(provider, 2)])
}

async function exampleLog() {
  const entries = [
    keyAddLeaf({ keyId: `${provider}#statement`, use: 'statement', thumbprint: 'A'.repeat(43), at }),
    seedCommitmentLeaf({
      seedSet: 'urn:uuid:00000000-0000-4000-8000-000000000009',
      root: digest('1'),
      control: digest('2'),
      at,
    }),
    budgetLeaf({ seedSet: 'urn:uuid:00000000-0000-4000-8000-000000000009', seq: 1, commitment: digest('3'), at }),
  ].map(({ bytes }) => bytes)
  const exchangeSecret = new Uint8Array(32).fill(5)
  const commitment =
    receiptCommitment(await exampleReceipt(), { exchangeSecret, origin: key.name }) ?? new Uint8Array(0)
  return [...entries, receiptEntry(commitment)]
}

describe('the worked examples of the specifications', () => {
  it('ledger.md: entries, root, checkpoint and proof', async () => {
    const document = spec('ledger')
    const entries = await exampleLog()
    const leaves = entries.map((entry) => leafHash(entry))
    const root = Sha256.parse(toHex(treeRoot(leaves)))
    const note = await signNote(formatCheckpoint({ origin: key.name, size: 4, root }), key, (message) =>
      ed25519.sign(message, logSeed),
    )
    const path = foldNodes(inclusionNodes(1, 4), treeNodes(leaves))
    for (const entry of entries.slice(0, 3)) expect(document).toContain(text(entry))
    expect(document).toContain(toHex(entries[3] ?? logSeed))
    expect(document).toContain(root)
    expect(document).toContain(formatVkey(key))
    expect(document).toContain(note)
    expect(document).toContain(formatTlogProof({ index: 1, path, checkpoint: note }))
  })

  it('receipt.md: payload, pre-authentication encoding, signatures, salt and commitment', async () => {
    const document = spec('receipt')
    const envelope = await exampleReceipt()
    const payload = Uint8Array.from(Buffer.from(envelope.payload, 'base64'))
    expect(document).toContain(text(payload))
    expect(document).toContain(text(preAuthEncoding(envelope.payloadType, utf8(''))).slice(0, -3))
    for (const { sig } of envelope.signatures) expect(document).toContain(sig)
    const exchangeSecret = new Uint8Array(32).fill(5)
    for (const origin of ['provider.example/ledger', 'consumer.example/ledger']) {
      expect(document).toContain(toHex(receiptSalt(exchangeSecret, origin)))
      expect(document).toContain(toHex(receiptCommitment(envelope, { exchangeSecret, origin }) ?? logSeed))
    }
    expect(document).toContain(toBase64(ed25519.getPublicKey(new Uint8Array(32).fill(2))))
  })
})
