import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBlobs } from '../node/adapters/blobs-fs/blobs-fs.ts'
import { createFileKeys, openFileKeys } from '../node/adapters/keys-file/file-keys.ts'
import { InProcessQueue } from '../node/adapters/queue-in-process/in-process-queue.ts'
import { createJobStore } from '../node/adapters/sqlite/job-store.ts'
import { createLedgerStore } from '../node/adapters/sqlite/ledger-store.ts'
import { type Database, openDatabase } from '../node/adapters/sqlite/open.ts'
import { createReceiptStore } from '../node/adapters/sqlite/receipt-store.ts'
import { systemClock } from '../node/adapters/system/system-clock.ts'
import { systemRandom } from '../node/adapters/system/system-random.ts'
import { createNodeKeys } from '../node/identity/node-keys.ts'
import type { Identity } from '../node/identity/operations.ts'
import { createStatements } from '../node/identity/statements.ts'
import { filingJob, receiptJobs } from '../node/ledger/jobs.ts'
import { createLedger, type Ledger, type ReceiptExpectation, type Receipts } from '../node/ledger/operations.ts'
import type { ReceiptStore } from '../node/ledger/receipt-store.ts'
import { createReceipts } from '../node/ledger/receipts.ts'
import { type HttpClient, HttpFailure } from '../node/ports/http-client.ts'
import type { Blobs } from '../node/ports/blobs.ts'
import type { Keys } from '../node/ports/keys.ts'
import { silentLogger } from '../node/telemetry/logger.ts'
import { problemOfError } from '../node/http/problem.ts'
import { buildDidDocument } from '../protocol/identity/did-document.ts'
import { refuse } from '../protocol/refusal.ts'
import { Did } from '../schemas/ids.ts'
import type { DidDocument } from '../schemas/identity.ts'
import { RECEIPT_QUEUE, type ReceiptProposal } from '../schemas/ledger.ts'

/** A party with real keys, log, queue and receipts; only the network between parties is a function call. */
export interface ReceiptParty {
  readonly did: Did
  readonly identity: Identity
  readonly keys: Keys
  readonly blobs: Blobs
  readonly ledger: Ledger
  readonly receipts: Receipts
  readonly store: ReceiptStore
  readonly db: Database
  readonly queue: InProcessQueue
  /** Set to let the party refuse or wait. */
  expectation: ReceiptExpectation
  propose(proposal: ReceiptProposal): Promise<void>
}

/** The world that parties share: who is who, and what happens on the wire. */
export class ReceiptWorld implements AsyncDisposable {
  readonly parties = new Map<Did, ReceiptParty>()
  readonly documents = new Map<string, DidDocument>()
  /** Called for each request, before it arrives and after it was answered; a throw loses the message. */
  wire: (moment: 'request' | 'answer', from: Did) => void = () => {}
  readonly #folder = mkdtempSync(join(tmpdir(), 'tanemaki-receipts-'))

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { queue, ledger, db } of this.parties.values()) {
      await queue.stop(1000)
      await ledger.stop()
      db.close()
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      for (const { queue, ledger } of this.parties.values()) {
        await queue.settle()
        await ledger.settle()
      }
    }
  }

  /** `amnesia`: the same keys again, without anything that the party knew. */
  async join(name: string, options: { receiptService?: boolean; amnesia?: boolean } = {}): Promise<ReceiptParty> {
    const did = Did.parse(`did:web:${name}.example`)
    const folder = join(this.#folder, name)
    const blobs = await openBlobs(join(folder, options.amnesia === true ? 'other-blobs' : 'blobs'))
    if (options.amnesia !== true) await createFileKeys(join(folder, 'node.key'), folder)
    const keys = await openFileKeys(join(folder, 'node.key'), folder)
    const db = openDatabase(':memory:')
    const publicUrl = `https://${name}.example`
    const ledger = createLedger({
      store: createLedgerStore(db),
      blobs,
      keys,
      clock: systemClock,
      log: silentLogger,
      hash: (bytes) => Uint8Array.from(createHash('sha256').update(bytes).digest()),
      publicUrl,
      batchDelayMs: 1,
    })
    await ledger.start()
    db.onEffects(() => ledger.wake())
    const identity = await this.#identityOf(did, {
      keys,
      ledger,
      publicUrl,
      receiptService: options.receiptService ?? true,
    })
    const queue = new InProcessQueue({
      store: createJobStore(db),
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
    })
    const store = createReceiptStore(db, () => systemClock.now())
    const common = { identity, keys, ledger, store, clock: systemClock, random: systemRandom, log: silentLogger }
    const ask: ReceiptExpectation = (proposal, proposer) => party.expectation(proposal, proposer)
    const expectations = { AgreementFinalized: ask, TransferStarted: ask, TransferCompleted: ask }
    for (const job of receiptJobs({ ...common, http: this.http() })) queue.register(job)
    queue.register(filingJob({ store, blobs, copyFolders: async () => ['copies/example'] }))
    queue.start()
    const party: ReceiptParty = {
      did,
      identity,
      keys,
      blobs,
      ledger,
      store,
      db,
      queue,
      receipts: createReceipts({ ...common, expectations }),
      expectation: async () => undefined,
      propose: (proposal) =>
        store.enqueue({ jobs: [{ queue: RECEIPT_QUEUE, key: proposal.exchangeId, payload: proposal }] }),
    }
    this.parties.set(did, party)
    return party
  }

  async #identityOf(
    did: Did,
    {
      keys,
      ledger,
      publicUrl,
      receiptService,
    }: { keys: Keys; ledger: Ledger; publicUrl: string; receiptService: boolean },
  ): Promise<Identity> {
    const nodeKeys = createNodeKeys({ did, keys })
    const services = [
      { type: 'LedgerService' as const, url: `${publicUrl}/ledger`, vkey: await ledger.vkey() },
      ...(receiptService ? [{ type: 'ReceiptService' as const, url: `${publicUrl}/receipts` }] : []),
    ]
    const document = await buildDidDocument({ did, ...(await nodeKeys.public()), services })
    this.documents.set(did, document)
    const resolve = async (peer: string) =>
      this.documents.get(peer) ?? refuse('peer-unreachable', 'unknown party', 'None.')
    const statements = createStatements({ nodeKeys, resolver: { resolve, resolveForKey: resolve } })
    const unused = () => {
      throw new Error('not used by receipts')
    }
    return {
      did,
      ...statements,
      resolve,
      didDocument: async () => document,
      service: async (peer, type) => {
        const found = (await resolve(peer)).service?.find((entry) => entry.type === type)?.serviceEndpoint
        return typeof found === 'string' ? found : refuse('unsupported', 'no such service', 'None.')
      },
      authorizationFor: async () => did,
      profileOf: () => undefined,
      authenticate: unused,
      identify: unused,
    }
  }

  /** The public listeners of all parties. */
  http(): HttpClient {
    return {
      request: async ({ method, url, headers, body }) => {
        if (method === 'GET')
          return { ...(await fileOf(this.parties.get(Did.parse(`did:web:${new URL(url).host}`)), url)), headers: {} }
        const from = Did.parse(headers?.['authorization'])
        const party = this.parties.get(Did.parse(`did:web:${new URL(url).host}`))
        this.#pass('request', from)
        const answer = await answerOf(party, from, String(body))
        this.#pass('answer', from)
        return { ...answer, headers: {} }
      },
    }
  }

  #pass(moment: 'request' | 'answer', from: Did): void {
    try {
      this.wire(moment, from)
    } catch (cause) {
      throw new HttpFailure('lost on the way', { cause })
    }
  }
}

async function fileOf(party: ReceiptParty | undefined, url: string) {
  const path = new URL(url).pathname.replace('/ledger/', '')
  const text = path === 'checkpoint' ? await party?.ledger.checkpoint() : undefined
  const bytes = text === undefined ? await party?.ledger.tile(path) : new TextEncoder().encode(text)
  return bytes === undefined ? { status: 404, body: new Uint8Array(0) } : { status: 200, body: bytes }
}

async function answerOf(party: ReceiptParty | undefined, from: Did, body: string) {
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
  if (party === undefined) return { status: 404, body: encode({}) }
  try {
    return { status: 200, body: encode(await party.receipts.countersign(from, JSON.parse(body))) }
  } catch (error) {
    const problem = problemOfError(error)
    return { status: problem.status, body: encode(problem) }
  }
}
