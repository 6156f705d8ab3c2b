/** Below this share of the largest entry a pivot is rounding, and the columns cannot be told apart. */
const SMALLEST_PIVOT = 1e-13

/** One row of unknowns' factors, and the value that they should add up to. */
export interface Equation {
  readonly factors: readonly number[]
  readonly value: number
}

/** The unknowns that fit best, and what their uncertainty is proportional to. */
export interface LeastSquares {
  readonly solution: readonly number[]
  /** (AᵀA)⁻¹, row by row: times the variance of the residuals it is the covariance of the solution. */
  readonly inverse: readonly (readonly number[])[]
}

/**
 * Ordinary least squares by the normal equations, with every column scaled to at most 1. For the three unknowns of a
 * scalability fit, not for many.
 *
 * @param equations all with the same number of factors, at least one
 * @returns null when the equations do not determine the unknowns
 */
export function leastSquares(equations: readonly Equation[]): LeastSquares | null {
  const unknowns = (equations[0]?.factors ?? []).map((_, column) => column)
  const scales = unknowns.map((column) => Math.max(...equations.map(({ factors }) => Math.abs(factors[column] ?? 0))))
  const scaled = (factors: readonly number[], column: number): number =>
    (factors[column] ?? 0) / (scales[column] ?? Number.NaN)
  const sumOf = (term: (equation: Equation) => number): number =>
    equations.reduce((sum, equation) => sum + term(equation), 0)
  const normal = unknowns.map((row) =>
    unknowns.map((column) => sumOf(({ factors }) => scaled(factors, row) * scaled(factors, column))),
  )
  const inverse = inverseOf(normal)
  if (inverse === null) return null
  const right = unknowns.map((row) => sumOf(({ factors, value }) => scaled(factors, row) * value))
  return {
    solution: inverse.map(
      (row, index) =>
        row.reduce((sum, factor, column) => sum + factor * (right[column] ?? 0), 0) / (scales[index] ?? 1),
    ),
    inverse: inverse.map((row, index) =>
      row.map((entry, column) => entry / ((scales[index] ?? 1) * (scales[column] ?? 1))),
    ),
  }
}

/** By elimination with the largest pivot; null for a matrix without an inverse. */
function inverseOf(matrix: readonly (readonly number[])[]): readonly (readonly number[])[] | null {
  const size = matrix.length
  const rows = matrix.map((row, index) => [...row, ...row.map((_, column) => (column === index ? 1 : 0))])
  const largest = Math.max(...matrix.flat().map(Math.abs))
  for (let column = 0; column < size; column++) {
    const sizeAt = (row: number): number => Math.abs(rows[row]?.[column] ?? 0)
    let best = column
    for (let row = column + 1; row < size; row++) if (sizeAt(row) > sizeAt(best)) best = row
    const pivotRow = rows[best]
    const pivot = pivotRow?.[column]
    // Written so that NaN, of a column of zeros, ends here too.
    if (pivotRow === undefined || pivot === undefined || !(Math.abs(pivot) > SMALLEST_PIVOT * largest)) return null
    rows[best] = rows[column] ?? pivotRow
    rows[column] = pivotRow.map((entry) => entry / pivot)
    for (const [index, row] of rows.entries()) {
      const factor = row[column] ?? 0
      if (index !== column) rows[index] = row.map((entry, at) => entry - factor * (rows[column]?.[at] ?? 0))
    }
  }
  return rows.map((row) => row.slice(size))
}
