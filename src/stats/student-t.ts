/** Halvings of an angle below a right one: as many as a double can tell apart. */
const BISECTIONS = 60

/**
 * The quantile of Student's t distribution, by halving the angle θ = atan(t / √ν) until its probability is `quantile`.
 *
 * @param quantile in (0, 1); 0.975 bounds a 95 % interval on both sides
 * @param degreesOfFreedom whole, at least 1
 * @throws {RangeError} when either lies outside
 */
export function studentTQuantile(quantile: number, degreesOfFreedom: number): number {
  if (!(quantile > 0 && quantile < 1)) throw new RangeError(`a quantile of t is in (0, 1), got ${quantile}`)
  if (!(Number.isInteger(degreesOfFreedom) && degreesOfFreedom >= 1))
    throw new RangeError(`degrees of freedom are a whole number above 0, got ${degreesOfFreedom}`)
  const within = Math.abs(2 * quantile - 1)
  let [low, high] = [0, Math.PI / 2]
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2
    if (probabilityWithin(middle, degreesOfFreedom) < within) low = middle
    else high = middle
  }
  const t = Math.sqrt(degreesOfFreedom) * Math.tan((low + high) / 2)
  return quantile < 0.5 ? -t : t
}

/**
 * P(|T| ≤ √ν · tan θ), a finite sum for whole ν.
 *
 * @see Abramowitz & Stegun 1972, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4
 */
function probabilityWithin(angle: number, degreesOfFreedom: number): number {
  const cosine = Math.cos(angle)
  const isOdd = degreesOfFreedom % 2 === 1
  let term = isOdd ? cosine : 1
  let sum = degreesOfFreedom === 1 ? 0 : term
  for (let k = isOdd ? 3 : 2; k < degreesOfFreedom; k += 2) {
    term *= ((k - 1) / k) * cosine ** 2
    sum += term
  }
  return isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum
}
