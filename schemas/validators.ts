import * as z from 'zod'

/** Column of the row that a text is compared with, or a field of a record column as `article.text`. */
const Reference = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$/, 'must be a column, or a field like article.text')

/** Deterministic check of a text or value. Every target column must pass. */
export const Validator = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('regex'),
    pattern: z.string().min(1).max(1000),
    mustMatch: z.boolean().default(true),
  }),
  /** In code points, or in words as `Intl.Segmenter` cuts them. */
  z.strictObject({
    kind: z.literal('length'),
    unit: z.enum(['characters', 'words']).default('characters'),
    min: z.int().min(0).optional(),
    max: z.int().min(1).optional(),
  }),
  z.strictObject({ kind: z.literal('json-schema'), schema: z.record(z.string(), z.json()) }),
  /** `ja`: share of kana and kanji among letters, and no character that only simplified Chinese has. `en`: share of Latin letters. */
  z.strictObject({
    kind: z.literal('language'),
    language: z.enum(['ja', 'en']),
    minShare: z.number().min(0).max(1).default(0.5),
  }),
  /** No personal data of the kinds that the detectors know; `allow` lists kinds that may occur. */
  z.strictObject({ kind: z.literal('pii'), allow: z.array(z.string()).max(50).default([]) }),
  /** Share of the text's character `n`-grams that its reference has too, and the longest span in common. */
  z.strictObject({
    kind: z.literal('overlap'),
    with: Reference,
    n: z.int().min(2).max(64).default(13),
    maxShare: z.number().min(0).max(1).default(0.2),
    maxSpan: z.int().min(1).max(10_000).default(40),
  }),
  /** Every number of the reference, or of the text, is in the other; full-width and kanji numerals count as their value. */
  z.strictObject({
    kind: z.literal('numbers'),
    with: Reference,
    direction: z.enum(['kept', 'not-invented', 'both']).default('not-invented'),
  }),
  /** Each of the terms (a list, or a column that holds a term or a list of them) that the reference has is in the text too. */
  z.strictObject({
    kind: z.literal('terms'),
    with: Reference,
    terms: z.union([z.array(z.string().min(1)).min(1), Reference]),
  }),
  z.strictObject({ kind: z.literal('banned'), terms: z.array(z.string().min(1).max(200)).min(1).max(1000) }),
  /** The value equals, or for numbers is within the tolerance of, the reference. */
  z.strictObject({ kind: z.literal('agrees'), with: Reference, tolerance: z.number().min(0).default(0) }),
])
export type Validator = z.infer<typeof Validator>
/** As a recipe holds it: defaults may be left out. */
export type ValidatorInput = z.input<typeof Validator>
