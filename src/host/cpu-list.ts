/**
 * Reads the kernel's list format, for example `0-2,5`.
 *
 * @returns CPU numbers, ascending; empty for an empty list
 */
export function parseCpuList(text: string): readonly number[] {
  return text
    .split(',')
    .filter((part) => part.trim() !== '')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
    .toSorted((a, b) => a - b)
}
