import { setFlagsFromString } from 'node:v8'

/** How many bytes of bytecode the optimizing compiler of V8 takes on; with 0 it takes nothing on any more. */
export const OPTIMIZED_BYTECODE_FLAG = '--max-optimized-bytecode-size'
/** V8's own limit. */
export const USUAL_OPTIMIZED_BYTES = 61_440

/**
 * Stops V8's optimizing compiler, or lets it go on. Its threads take the CPU from this one for a whole time slice each,
 * for minutes after the start; what is compiled stays, and the quick compiler of what is new goes on.
 */
export function restCompiler(isResting: boolean): void {
  setFlagsFromString(`${OPTIMIZED_BYTECODE_FLAG}=${isResting ? 0 : USUAL_OPTIMIZED_BYTES}`)
}
