/** gzip (RFC 1952), whole values. */
export interface Gzip {
  compress(bytes: Uint8Array): Uint8Array
  /** For what is sent once: in the background, quickly rather than as small as can be. */
  pack(bytes: Uint8Array): Promise<Uint8Array>
  /** Throws when the input is not gzip or would inflate to more than `maxLength` bytes. */
  inflate(compressed: Uint8Array, maxLength: number): Uint8Array
}
