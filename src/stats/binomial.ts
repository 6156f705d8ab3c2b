/** Halvings of the interval (0, 1): finer than any share that calls can show. */
const BISECTIONS = 40
const CONFIDENCE = 0.95

/**
 * P(Bin(trials, probability) ≥ successes): the chance of at least so many successes in independent trials.
 *
 * @param trials whole, 0 or more
 * @param probability of a success, 0 to 1
 * @param successes whole; the chance is 1 for 0 and fewer, 0 for more than `trials`
 */
export function binomialTail(trials: number, probability: number, successes: number): number {
  if (successes <= 0) return 1
  if (successes > trials || probability === 0) return 0
  return probability === 1 ? 1 : Math.min(1, sumOfTerms(trials, probability, successes, trials))
}

/**
 * The largest probability that still explains so few successes: the upper end of Clopper and Pearson's one-sided 95 %
 * interval. Without any success it is about 3 / trials.
 *
 * @param trials whole, at least 1
 * @param successes whole, 0 to `trials`
 * @see Clopper & Pearson 1934, "The Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial"
 */
export function largestProbability(trials: number, successes: number): number {
  if (successes >= trials) return 1
  let [low, high] = [successes / trials, 1]
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2
    if (sumOfTerms(trials, middle, 0, successes) > 1 - CONFIDENCE) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Of the binomial distribution, from one number of successes to another, both included. */
function sumOfTerms(trials: number, probability: number, from: number, to: number): number {
  const logOfOdds = Math.log(probability / (1 - probability))
  let logOfTerm = trials * Math.log(1 - probability)
  let sum = from === 0 ? Math.exp(logOfTerm) : 0
  for (let successes = 1; successes <= to; successes++) {
    logOfTerm += Math.log((trials - successes + 1) / successes) + logOfOdds
    if (successes >= from) sum += Math.exp(logOfTerm)
  }
  return sum
}
