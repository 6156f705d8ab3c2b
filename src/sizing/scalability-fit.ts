import { studentTQuantile } from '../stats/student-t.ts'
import { type Equation, leastSquares } from './least-squares.ts'
import { peakConcurrency, type ScalabilityLaw, throughputAt } from './scalability.ts'

/** One measured throughput. */
export interface ScalabilityPoint {
  /** Clients, connections, workers or CPUs; above 0. */
  readonly concurrency: number
  /** Above 0. */
  readonly throughputPerS: number
}

/** The law that is closest to the measurements, and how far it may be off. */
export interface ScalabilityFit {
  readonly law: ScalabilityLaw
  /** Lower and upper bounds of each parameter by itself, 95 %. */
  readonly low: ScalabilityLaw
  readonly high: ScalabilityLaw
  /** Standard error of the regression: how far the points lie from the law. */
  readonly residualPerS: number
  /** The largest N that was measured: beyond it everything is extrapolated. */
  readonly largestConcurrency: number
  /** Null when no peak was seen up to `largestConcurrency`. */
  readonly peak: ScalabilityPeak | null
}

/** Where throughput is highest, with 95 % bounds of N. */
export interface ScalabilityPeak {
  readonly concurrency: number
  readonly lowConcurrency: number
  readonly highConcurrency: number
  readonly throughputPerS: number
}

/** Three unknowns; one point more lets the spread be seen. */
const LEAST_POINTS = 4
const LEAST_DIFFERENT = 3
/** Both sides of a 95 % interval. */
const UPPER_QUANTILE = 0.975
/** A smaller fall than this share of the best is what two runs of a few seconds differ by. */
const LEAST_FALL = 0.05
const MOST_STEPS = 100
const MOST_HALVINGS = 30
/** A step that gains less than this share of the sum of squares is the last. */
const SMALLEST_GAIN = 1e-14

/**
 * The unknowns of N / X = a₀ + a₁(N − 1) + a₂N(N − 1), in which the law is linear: a₀ = 1/γ, a₁ = α/γ, a₂ = β/γ.
 */
type Unknowns = readonly [number, number, number]

/** Which of α and β are fitted; the others are 0. The best fit within bounds is the best of these that keeps them. */
const FREE_SETS: readonly (readonly number[])[] = [[0, 1, 2], [0, 1], [0, 2], [0]]

/**
 * Fits the universal scalability law by least squares of the throughput, with no parameter below 0.
 *
 * The bounds come from the curvature at the solution with Student's t for n − 3 degrees of freedom; they hold for
 * independent errors of about the same size at every N. A peak is only reported where β is above 0 for certain, and where
 * the points themselves turn back: a queue that only fills up bends more sharply than the law can, and the law alone would
 * see a peak in it.
 *
 * @param points in any order; several of the same N are welcome
 * @returns null for fewer than 4 points, or than 3 different N: they fit everything
 * @throws {RangeError} for a concurrency or a throughput that is not above 0
 */
export function fitScalability(points: readonly ScalabilityPoint[]): ScalabilityFit | null {
  for (const { concurrency, throughputPerS } of points) {
    if (!(concurrency > 0 && Number.isFinite(concurrency) && throughputPerS > 0 && Number.isFinite(throughputPerS)))
      throw new RangeError(
        `a scalability point needs a concurrency and a throughput above 0, got ${concurrency} and ${throughputPerS}/s`,
      )
  }
  if (points.length < LEAST_POINTS || new Set(points.map(({ concurrency }) => concurrency)).size < LEAST_DIFFERENT)
    return null
  const fits = FREE_SETS.flatMap((free) => {
    const unknowns = bestUnknowns(points, free)
    return unknowns !== null && unknowns[0] > 0 && unknowns[1] >= 0 && unknowns[2] >= 0 ? [unknowns] : []
  })
  const [best] = fits.toSorted((left, right) => squaresOf(points, left) - squaresOf(points, right))
  return best === undefined ? null : withBounds(points, best)
}

/** Gauss and Newton's steps, halved where they would not gain, from a linear fit of N / X; null where they lead nowhere. */
function bestUnknowns(points: readonly ScalabilityPoint[], free: readonly number[]): Unknowns | null {
  const start = stepOf(points, free, (point) => ({
    weight: point.throughputPerS ** 2 / point.concurrency,
    missing: point.concurrency / point.throughputPerS,
  }))
  if (start === null) return null
  let unknowns = isPositive(points, start) ? start : linearGrowth(points)
  let squares = squaresOf(points, unknowns)
  for (let count = 0; count < MOST_STEPS; count++) {
    const current = unknowns
    const step = stepOf(points, free, ({ concurrency, throughputPerS }) => {
      const fitted = concurrency / timeOf(current, concurrency)
      const weight = fitted ** 2 / concurrency
      return { weight, missing: (fitted - throughputPerS) / weight }
    })
    const next = step === null ? null : shortened(points, current, step, squares)
    if (next === null) break
    const gain = squares - next.squares
    ;({ unknowns, squares } = next)
    if (gain <= SMALLEST_GAIN * squares) break
  }
  return unknowns
}

/** The step, or as much of it as lowers the sum of squares. */
function shortened(
  points: readonly ScalabilityPoint[],
  from: Unknowns,
  step: Unknowns,
  squares: number,
): { readonly unknowns: Unknowns; readonly squares: number } | null {
  for (let halvings = 0, share = 1; halvings < MOST_HALVINGS; halvings++, share /= 2) {
    const unknowns: Unknowns = [from[0] + share * step[0], from[1] + share * step[1], from[2] + share * step[2]]
    if (!isPositive(points, unknowns)) continue
    const reached = squaresOf(points, unknowns)
    if (reached < squares) return { unknowns, squares: reached }
  }
  return null
}

/** Weighted linear least squares for the free unknowns: what is to be added so that `missing` of N / X vanishes. */
function stepOf(
  points: readonly ScalabilityPoint[],
  free: readonly number[],
  of: (point: ScalabilityPoint) => { readonly weight: number; readonly missing: number },
): Unknowns | null {
  const equations = points.map((point): Equation => {
    const { weight, missing } = of(point)
    const terms = termsOf(point.concurrency)
    return { factors: free.map((index) => weight * (terms[index] ?? 0)), value: weight * missing }
  })
  const solution = leastSquares(equations)?.solution
  if (solution === undefined) return null
  const valueOf = (index: number): number => solution[free.indexOf(index)] ?? 0
  return [valueOf(0), valueOf(1), valueOf(2)]
}

function withBounds(points: readonly ScalabilityPoint[], unknowns: Unknowns): ScalabilityFit | null {
  const [first, second, third] = unknowns
  const law = { throughputOfOnePerS: 1 / first, contention: second / first, coherency: third / first }
  const { throughputOfOnePerS: ofOne, contention, coherency } = law
  const inverse = leastSquares(
    points.map(({ concurrency }) => {
      const weight = throughputAt(law, concurrency) ** 2 / concurrency
      return { factors: termsOf(concurrency).map((term) => weight * term), value: 0 }
    }),
  )?.inverse
  if (inverse === undefined) return null
  const degreesOfFreedom = points.length - unknowns.length
  const residualPerS = Math.sqrt(squaresOf(points, unknowns) / degreesOfFreedom)
  const t = studentTQuantile(UPPER_QUANTILE, degreesOfFreedom)
  /** Half the width of the interval of a figure with this gradient in the unknowns. */
  const margin = (gradient: Unknowns): number => t * residualPerS * Math.sqrt(quadraticForm(inverse, gradient))
  const byContention: Unknowns = [-contention * ofOne, ofOne, 0]
  const byCoherency: Unknowns = [-coherency * ofOne, 0, ofOne]
  const margins = [margin([-(ofOne ** 2), 0, 0]), margin(byContention), margin(byCoherency)] as const
  const low = shifted(law, margins, -1)
  const largestConcurrency = Math.max(...points.map(({ concurrency }) => concurrency))
  const concurrency = peakConcurrency(law)
  const isSeen = low.coherency > 0 && concurrency < largestConcurrency && turnsBack(points, residualPerS)
  const peakMargin = margin([
    -(byContention[0] / concurrency + concurrency * byCoherency[0]) / (2 * coherency),
    -ofOne / (2 * coherency * concurrency),
    (-ofOne * concurrency) / (2 * coherency),
  ])
  return {
    law,
    low,
    high: shifted(law, margins, 1),
    residualPerS,
    largestConcurrency,
    peak: isSeen
      ? {
          concurrency,
          lowConcurrency: Math.max(1, concurrency - peakMargin),
          highConcurrency: concurrency + peakMargin,
          throughputPerS: throughputAt(law, concurrency),
        }
      : null,
  }
}

/** Whether clearly less was measured at the largest N than at the best; means where an N was measured more than once. */
function turnsBack(points: readonly ScalabilityPoint[], residualPerS: number): boolean {
  const means = [...Map.groupBy(points, ({ concurrency }) => concurrency)]
    .toSorted(([left], [right]) => left - right)
    .map(([, same]) => same.reduce((sum, { throughputPerS }) => sum + throughputPerS, 0) / same.length)
  const best = Math.max(...means)
  return best - (means.at(-1) ?? best) > Math.max(residualPerS, LEAST_FALL * best)
}

function shifted(law: ScalabilityLaw, margins: readonly [number, number, number], sign: 1 | -1): ScalabilityLaw {
  return {
    throughputOfOnePerS: Math.max(0, law.throughputOfOnePerS + sign * margins[0]),
    contention: Math.max(0, law.contention + sign * margins[1]),
    coherency: Math.max(0, law.coherency + sign * margins[2]),
  }
}

function quadraticForm(matrix: readonly (readonly number[])[], vector: Unknowns): number {
  return vector.reduce(
    (sum, entry, row) => sum + entry * vector.reduce((inner, other, at) => inner + (matrix[row]?.[at] ?? 0) * other, 0),
    0,
  )
}

function termsOf(concurrency: number): Unknowns {
  return [1, concurrency - 1, concurrency * (concurrency - 1)]
}

/** N / X, the time that one request takes each of N. */
function timeOf(unknowns: Unknowns, concurrency: number): number {
  const terms = termsOf(concurrency)
  return unknowns[0] * terms[0] + unknowns[1] * terms[1] + unknowns[2] * terms[2]
}

function isPositive(points: readonly ScalabilityPoint[], unknowns: Unknowns): boolean {
  return points.every(({ concurrency }) => timeOf(unknowns, concurrency) > 0)
}

function linearGrowth(points: readonly ScalabilityPoint[]): Unknowns {
  const product = points.reduce((sum, { concurrency, throughputPerS }) => sum + concurrency * throughputPerS, 0)
  return [points.reduce((sum, { concurrency }) => sum + concurrency ** 2, 0) / product, 0, 0]
}

function squaresOf(points: readonly ScalabilityPoint[], unknowns: Unknowns): number {
  return points.reduce(
    (sum, { concurrency, throughputPerS }) => sum + (throughputPerS - concurrency / timeOf(unknowns, concurrency)) ** 2,
    0,
  )
}
