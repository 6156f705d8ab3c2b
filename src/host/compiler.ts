import { setFlagsFromString } from 'node:v8'

/** V8's own limit, in bytes of bytecode; 0 lets its optimizing compiler take nothing on any more. */
const OPTIMIZED_BYTECODE = { usual: 61_440, none: 0 }

/**
 * Stops V8's optimizing compiler, or lets it go on. Its threads take the CPU from this one for 4 ms at a time, in some 2 % of the
 * time for minutes after the start; what is compiled stays, and the quick compiler of what is new goes on.
 */
export function restCompiler(isResting: boolean): void {
  const bytes = isResting ? OPTIMIZED_BYTECODE.none : OPTIMIZED_BYTECODE.usual
  setFlagsFromString(`--max-optimized-bytecode-size=${bytes}`)
}
