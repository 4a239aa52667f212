import * as z from 'zod'
import { EvidenceItem } from '../../schemas/evidence.ts'
import type { ApiClient } from './api-client.ts'
import type { Printer } from './output.ts'

const Shown = z.object({ evidence: z.array(EvidenceItem) })

export async function evidenceOf(api: ApiClient, pid: string): Promise<EvidenceItem[]> {
  return (await api.get(`/exchanges/${encodeURIComponent(pid)}/evidence`, Shown)).evidence
}

const NAMES: Readonly<Record<EvidenceItem['evidence'], string>> = {
  agreement: 'agreement',
  manifest: 'manifest',
  AgreementFinalized: 'receipt 1, agreement',
  TransferStarted: 'receipt 2, start',
  TransferCompleted: 'receipt 3, arrival',
}

const COLOURS = {
  held: 'green',
  'co-signed': 'green',
  'one-sided': 'yellow',
  refused: 'red',
  missing: 'red',
  'not-yet': 'dim',
} as const

export function printEvidence(print: Printer, evidence: readonly EvidenceItem[]): void {
  print.line()
  print.table(
    ['evidence', 'state', 'what, or why not'],
    evidence.map(({ evidence: name, state, id, reason }) => [
      NAMES[name],
      print.paint(COLOURS[state], state.replace('-yet', ' yet')),
      [id, reason].filter((text) => text !== undefined).join(': '),
    ]),
  )
}
