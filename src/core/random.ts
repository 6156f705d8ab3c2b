/** Uniform numbers in [0, 1); randomness as an argument, so that a seed repeats a run exactly. */
export type Random = () => number

/**
 * A seeded generator: the same seed gives the same sequence on every machine.
 *
 * @param seed any integer; only its low 32 bits count
 * @see Bob Jenkins' small fast counter generator (sfc32), PractRand test suite
 */
export function seededRandom(seed: number): Random {
  let a = seed | 0
  let b = 0x9e3779b9 | 0
  let c = 0x243f6a88 | 0
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let warmUpDraw = 0; warmUpDraw < 15; warmUpDraw++) next()
  return next
}

/** An exponential draw: the gap between two arrivals of a Poisson process. Same unit as `mean`; above 0. */
export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random()) * mean
}

/**
 * A log-normal draw, the usual shape of upstream latency: `median` in the middle, `sigma` (0 or more) the
 * standard deviation of the logarithm.
 *
 * @see Box & Muller 1958 for the normal draw
 */
export function logNormal(random: Random, median: number, sigma: number): number {
  const standardNormal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return median * Math.exp(sigma * standardNormal)
}

/** The items in random order (Fisher and Yates); the input is left as it is. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items]
  for (let last = result.length - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1))
    const held = result[last] as T
    result[last] = result[pick] as T
    result[pick] = held
  }
  return result
}
