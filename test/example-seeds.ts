import { TableRecipe } from '../schemas/generation.ts'
import { SeedSchema } from '../schemas/seed-schema.ts'

/** A number generator that gives the same sequence for the same seed; for test data only. */
export function sequence(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 0x1_0000_0000
  }
}

const towns = ['Mito', 'Nara', 'Otaru', 'Tsu']

/** Fictitious visits to a clinic in which the columns depend on each other. */
export const clinicSchema = SeedSchema.parse({
  subject: 'persons',
  columns: [
    { name: 'age', type: 'integer', role: 'quasi-identifier', domain: { min: 0, max: 99 } },
    {
      name: 'town',
      type: 'categorical',
      role: 'quasi-identifier',
      domain: { categories: [...towns, 'elsewhere'], other: 'elsewhere' },
    },
    { name: 'smoker', type: 'boolean' },
    {
      name: 'cost',
      type: 'decimal',
      nullable: true,
      domain: { min: '0', max: '999.99', precision: 2, specialValues: ['0'] },
    },
    { name: 'ill', type: 'categorical', role: 'sensitive', domain: { categories: ['no', 'yes'] } },
    { name: 'remark', type: 'text' },
  ],
  constraints: [
    {
      name: 'children do not smoke',
      when: { column: 'age', op: '<', value: 15 },
      must: { column: 'smoker', op: '=', value: false },
    },
  ],
  target: 'ill',
})

export function clinicRow(random: () => number, remark = 'seen'): string {
  const age = Math.floor(random() * 90)
  const town = towns[Math.floor(random() * random() * 4)] ?? 'Tsu'
  const smoker = age >= 15 && random() < 0.3
  const ill = random() < 0.1 + age / 150 + (smoker ? 0.2 : 0)
  const cost = ill ? (random() * 800).toFixed(2) : random() < 0.2 ? '' : '0'
  return [age, town, smoker, cost, ill ? 'yes' : 'no', remark].join(',')
}

export const clinicHeader = 'age,town,smoker,cost,ill,remark'

export function clinicCsv(rows: number, seed = 1): string {
  const random = sequence(seed)
  return `${[clinicHeader, ...Array.from({ length: rows }, () => clinicRow(random))].join('\n')}\n`
}

export function clinicRecipe(over: Record<string, unknown> = {}): TableRecipe {
  return TableRecipe.parse({
    kind: 'dp-table',
    name: 'clinic-synthetic',
    seedSet: 'clinic',
    epsilon: 1,
    delta: '1e-6',
    rows: 500,
    ...over,
  })
}
