/** Room for the words that are compared; longer ones are compared up to here. */
const MAX_LENGTH = 64
const row = new Uint8Array(MAX_LENGTH + 1)

/**
 * Levenshtein distance of two words in UTF-16 units, at most `limit + 1`: the comparison ends as soon as it is above.
 * Words are compared up to 64 units.
 */
export function editDistance(left: string, right: string, limit: number): number {
  const [leftLength, rightLength] = [Math.min(left.length, MAX_LENGTH), Math.min(right.length, MAX_LENGTH)]
  if (Math.abs(leftLength - rightLength) > limit) return limit + 1
  for (let column = 0; column <= rightLength; column++) row[column] = column
  for (let line = 1; line <= leftLength; line++) {
    const unit = left.charCodeAt(line - 1)
    let diagonal = line - 1
    let smallest = line
    row[0] = line
    for (let column = 1; column <= rightLength; column++) {
      const above = row[column] ?? 0
      const substituted = diagonal + (unit === right.charCodeAt(column - 1) ? 0 : 1)
      const distance = Math.min(above + 1, (row[column - 1] ?? 0) + 1, substituted)
      row[column] = distance
      diagonal = above
      if (distance < smallest) smallest = distance
    }
    if (smallest > limit) return limit + 1
  }
  return row[rightLength] ?? 0
}

/** 1 for equal words, 0 when more than a third of the longer one differs. */
export function closeness(left: string, right: string): number {
  const length = Math.max(left.length, right.length)
  const limit = Math.floor(length / 3)
  const distance = editDistance(left, right, limit)
  return distance > limit ? 0 : 1 - distance / length
}
