import { Refused, type Refusal } from '../../../protocol/refusal.ts'

/** An error in a form that crosses threads; a refusal stays a refusal. */
export type ErrorMessage = { readonly refusal: Refusal } | { readonly name: string; readonly message: string }

export function errorAsMessage(error: unknown): ErrorMessage {
  if (error instanceof Refused) return { refusal: error.refusal }
  if (error instanceof Error) return { name: error.name, message: error.message }
  return { name: 'Error', message: 'the worker failed' }
}

export function errorFromMessage(message: ErrorMessage): Error {
  if ('refusal' in message) return new Refused(message.refusal)
  const error = new Error(message.message)
  error.name = message.name
  return error
}
