/** Fresh beginnings after the first one for a cell, each with another request seed. */
export const RESTARTS = 2
/** Questions to put right an answer that cannot be read, within one conversation. */
export const CORRECTIONS = 1
/** Attempts of one conversation. */
export const TURNS = CORRECTIONS + 1
