import { InvalidArgumentError } from 'commander'

/** Parser of an option or argument that counts something. */
export function positiveWhole(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number above 0.')
  return value
}
