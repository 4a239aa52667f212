import { setTimeout as sleep } from 'node:timers/promises'
import { agreementMove } from '../../../node/negotiation/agreement-move.ts'
import type { Move as NegotiationMove, NegotiationStrategy } from '../../../node/negotiation/strategy.ts'
import type { Move as TransferMove, TransferStrategy } from '../../../node/transfer/strategy.ts'
import { systemClock } from '../../../node/adapters/system/system-clock.ts'
import { systemRandom } from '../../../node/adapters/system/system-random.ts'
import type { Termination } from '../../../schemas/dsp.ts'
import type { Did } from '../../../schemas/ids.ts'
import type { Negotiation } from '../../../schemas/negotiation.ts'

/** What the connector says by itself: in each state in turn, the speech. A process whose script is over stays silent. */
type Script = readonly (readonly [state: string, says: string])[]

/** The kit registers its handlers only after it has noticed the state before. */
const PAUSE_MS = 200

/** Provider of negotiations, by dataset. */
const PROVIDER: Readonly<Record<string, Script>> = {
  ACN0101: [['REQUESTED', 'offer']],
  ACN0102: [
    ['REQUESTED', 'offer'],
    ['REQUESTED', 'termination'],
  ],
  ACN0103: [
    ['REQUESTED', 'offer'],
    ['ACCEPTED', 'agreement'],
    ['VERIFIED', 'finalization'],
  ],
  ACN0104: [
    ['REQUESTED', 'agreement'],
    ['VERIFIED', 'finalization'],
  ],
  ACN0201: [['REQUESTED', 'termination']],
  ACN0202: [],
  ACN0203: [['REQUESTED', 'agreement']],
  ACN0204: [['REQUESTED', 'offer']],
  ACN0205: [
    ['REQUESTED', 'offer'],
    ['OFFERED', 'termination'],
  ],
  ACN0206: [
    ['REQUESTED', 'offer'],
    ['ACCEPTED', 'termination'],
  ],
  ACN0207: [
    ['REQUESTED', 'agreement'],
    ['VERIFIED', 'termination'],
  ],
  ACN0301: [
    ['REQUESTED', 'agreement'],
    ['VERIFIED', 'finalization'],
  ],
  ACN0302: [['REQUESTED', 'offer']],
  ACN0303: [['REQUESTED', 'offer']],
  ACN0304: [['REQUESTED', 'offer']],
}

/** Consumer of negotiations, by dataset; the request itself is made by the kit's hook. */
const CONSUMER: Readonly<Record<string, Script>> = {
  ACNC0101: [
    ['OFFERED', 'acceptance'],
    ['AGREED', 'verification'],
  ],
  ACNC0102: [['OFFERED', 'request']],
  ACNC0103: [['OFFERED', 'termination']],
  ACNC0104: [['AGREED', 'verification']],
  ACNC0202: [['REQUESTED', 'termination']],
  ACNC0203: [['AGREED', 'termination']],
  ACNC0205: [['OFFERED', 'acceptance']],
  ACNC0206: [['AGREED', 'verification']],
  ACNC0304: [['OFFERED', 'acceptance']],
  ACNC0305: [['OFFERED', 'acceptance']],
  ACNC0306: [['OFFERED', 'acceptance']],
}

const START: Script = [['REQUESTED', 'start']]

/** Transfers, by the case whose agreement it is. */
const TRANSFERS: Readonly<Record<string, Script>> = {
  TP_01_01: [...START, ['STARTED', 'termination']],
  TP_01_02: [...START, ['STARTED', 'completion']],
  TP_01_03: [...START, ['STARTED', 'suspension'], ['SUSPENDED', 'termination']],
  TP_01_04: [...START, ['STARTED', 'suspension'], ['SUSPENDED', 'start'], ['STARTED', 'completion']],
  TP_01_05: [['REQUESTED', 'termination']],
  TP_02_01: START,
  TP_02_02: START,
  TP_02_03: START,
  TP_02_04: START,
  TP_03_03: START,
  TP_03_04: START,
  TP_03_05: START,
  TP_03_06: START,
  TP_C_02_01: [['STARTED', 'termination']],
  TP_C_02_02: [['STARTED', 'completion']],
  TP_C_02_03: [
    ['STARTED', 'suspension'],
    ['SUSPENDED', 'termination'],
  ],
  TP_C_02_05: [['REQUESTED', 'termination']],
}

/** Every case of transfers, in the kit's own numbering. */
export const TRANSFER_CASES: readonly string[] = ['TP', 'TP_C'].flatMap((role) =>
  [5, 5, 6].flatMap((count, group) =>
    Array.from({ length: count }, (_, index) => `${role}_0${group + 1}_0${index + 1}`),
  ),
)
export const PROVIDED_DATASETS: readonly string[] = ['CAT0101', 'CAT0102', ...Object.keys(PROVIDER)]

/** Follows each process through its script. */
class Prompter {
  readonly #spoken = new Map<string, number>()
  async line(pid: string, state: string, script: Script): Promise<string | undefined> {
    const at = this.#spoken.get(pid) ?? 0
    const [when, says] = script[at] ?? []
    if (when !== state) return undefined
    this.#spoken.set(pid, at + 1)
    await sleep(PAUSE_MS)
    return says
  }
}

const ended = (by: Termination['by']): Termination => ({ by, code: 'scripted', reasons: ['The script says so.'] })

export function scriptedNegotiations(did: Did): NegotiationStrategy {
  const prompter = new Prompter()
  return {
    next: async (process) => {
      const script = (process.role === 'provider' ? PROVIDER : CONSUMER)[process.datasetId] ?? []
      const says = await prompter.line(process.pid, process.state, script)
      return says === undefined ? undefined : negotiationMove(process, says as NegotiationMove['says'], did)
    },
  }
}

function negotiationMove(process: Negotiation, says: NegotiationMove['says'], did: Did): NegotiationMove {
  if (says === 'agreement') {
    return agreementMove({ random: systemRandom, clock: systemClock, identity: { did } }, process, undefined)
  }
  if (says === 'offer' || says === 'request') return { says, offer: process.offer }
  return says === 'termination' ? { says, termination: ended(process.role) } : { says }
}

/** `caseOf`: the case that an agreement was made for. */
export function scriptedTransfers(caseOf: (agreementId: string) => string | undefined): TransferStrategy {
  const prompter = new Prompter()
  return {
    next: async (process) => {
      const script = TRANSFERS[caseOf(process.agreementId) ?? ''] ?? []
      const says = (await prompter.line(process.pid, process.state, script)) as TransferMove['says'] | undefined
      if (says === undefined) return undefined
      const pauses = says === 'termination' || says === 'suspension'
      return { says, ...(pauses ? { termination: ended(process.role) } : {}), ...(says === 'start' ? { use: 1 } : {}) }
    },
  }
}
