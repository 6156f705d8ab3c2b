/** Steps of `compute` that take about a millisecond at 3 GHz; which amount it is does not matter, that it is always the same does. */
const STEPS_PER_MS = 600_000
let lastNumber = 1

/**
 * The same amount of computation each time. Not until some time has gone by: on crowded CPUs that would be less work, and
 * what is to be found out, that too many workers cost throughput, would not happen.
 *
 * @param ms about so long on a CPU of one's own
 */
export function compute(ms: number): void {
  let number = lastNumber
  for (let step = ms * STEPS_PER_MS; step > 0; step--) {
    number ^= number << 13
    number ^= number >>> 17
    number ^= number << 5
  }
  lastNumber = number // a result that nobody wants would not be computed
}

const never = new Int32Array(new SharedArrayBuffer(4))

/** Keeps the thread from everything else without needing a CPU, as synchronous I/O does. */
export function block(ms: number): void {
  Atomics.wait(never, 0, 0, ms)
}
