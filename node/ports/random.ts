/** Cryptographically secure randomness; the only source in the program. */
export interface Random {
  bytes(length: number): Uint8Array
  /** RFC 9562 version 4, lower case. */
  uuid(): string
}
