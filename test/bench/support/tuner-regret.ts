/** What a target did with some number of workers in one boot. */
export interface GridCell {
  /** Counted from 1. */
  readonly replicate: number
  readonly workers: number
  readonly goodputPerS: number
}

/**
 * Mean goodput of each number of workers over the boots, 1/s.
 *
 * @returns smallest number first
 */
export function meanGoodputs(cells: readonly GridCell[]): ReadonlyMap<number, number> {
  const counts = [...new Set(cells.map(({ workers }) => workers))].toSorted((one, other) => one - other)
  return new Map(counts.map((workers) => [workers, mean(cells.filter((cell) => cell.workers === workers))]))
}

function mean(cells: readonly GridCell[]): number {
  return cells.reduce((sum, { goodputPerS }) => sum + goodputPerS, 0) / cells.length
}

/** The number of workers with the highest mean goodput, of equal ones the smallest; null without any cell. */
export function bestCount(cells: readonly GridCell[]): number | null {
  const means = [...meanGoodputs(cells)]
  const highest = Math.max(...means.map(([, perS]) => perS))
  return means.find(([, perS]) => perS === highest)?.[0] ?? null
}

/**
 * What a choice of workers costs: 1 − goodput / goodput of the best number.
 *
 * The best number is looked for in one half of the boots (odd replicates, then even ones), and both goodputs are taken from
 * the other half: the best of noisy figures is too good in the boots that made it the best. The mean of both ways.
 *
 * @returns below 0 when the choice did better than what was taken for the best; null when a half has no goodput for it
 */
export function regretOf(workers: number, cells: readonly GridCell[]): number | null {
  const odd = cells.filter(({ replicate }) => replicate % 2 === 1)
  const even = cells.filter(({ replicate }) => replicate % 2 === 0)
  const [one, other] = [regretAcross(workers, odd, even), regretAcross(workers, even, odd)]
  return one === null || other === null ? null : (one + other) / 2
}

function regretAcross(workers: number, judging: readonly GridCell[], heldOut: readonly GridCell[]): number | null {
  const means = meanGoodputs(heldOut)
  const chosen = means.get(workers)
  const best = means.get(bestCount(judging) ?? Number.NaN)
  return chosen === undefined || best === undefined || best === 0 ? null : 1 - chosen / best
}

/** A way to come by a number of workers without a search, and the number. */
export interface RivalCount {
  readonly rule: string
  readonly workers: number
}

const BYTES_PER_RULE_WORKER = 512 * 2 ** 20
/** Of the Heroku build pack, whose rule this is. */
const MOST_BY_MEMORY = 200

/** What the rules in use say. Fractions of a CPU are left out, as Node does. */
export function rulesOfThumbFor(cpus: number, memoryLimitBytes: number): readonly RivalCount[] {
  const whole = Math.max(1, Math.floor(cpus))
  const byMemory = Math.min(MOST_BY_MEMORY, Math.max(1, Math.floor(memoryLimitBytes / BYTES_PER_RULE_WORKER)))
  return [
    { rule: '2C+1', workers: 2 * whole + 1 },
    { rule: 'C', workers: whole },
    { rule: '2C', workers: 2 * whole },
    { rule: 'mem/512MB', workers: byMemory },
  ]
}

/**
 * The regret of taking the best of the first replicate alone, as a search that runs everything once does; judged by the
 * other replicates.
 *
 * @returns null when there are not enough of them
 */
export function singleGridRegret(
  cells: readonly GridCell[],
): { readonly workers: number; readonly regret: number } | null {
  const workers = bestCount(cells.filter(({ replicate }) => replicate === 1))
  if (workers === null) return null
  const regret = regretOf(
    workers,
    cells.filter(({ replicate }) => replicate > 1),
  )
  return regret === null ? null : { workers, regret }
}

/** The mean goodput of one number of workers relative to that of another; null when one was not measured. */
export function goodputRatio(workers: number, other: number, cells: readonly GridCell[]): number | null {
  const means = meanGoodputs(cells)
  const [over, under] = [means.get(workers), means.get(other)]
  return over === undefined || under === undefined || under === 0 ? null : over / under
}

/** Worker counts to measure: each up to 5, then steps of a quarter, since neighbours among many hardly differ. */
export function gridCounts(most: number): readonly number[] {
  const counts: number[] = []
  for (let workers = 1; workers <= most; workers = Math.max(workers + 1, Math.round(workers * 1.25))) {
    counts.push(workers)
  }
  return counts
}
