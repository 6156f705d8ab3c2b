/** What of a process is in memory, by where it came from; the sum is its RSS. */
export interface ResidentParts {
  /** What C and C++ code allocates: Node itself, zlib, SQLite. Freed memory often stays in it. */
  readonly mallocBytes: number
  /** V8's heaps, those of threads included, code, stacks and large single allocations. */
  readonly otherAnonymousBytes: number
  /** Programs, libraries, shared memory and mapped files. */
  readonly fileBytes: number
}

/** glibc gives each thread arenas that begin at multiples of this and are smaller. */
const ARENA_BYTES = 64 * 1_024 * 1_024
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ (\d+) *(.*)$/
const RESIDENT = /^Rss: +(\d+) kB/

/**
 * Sorts the memory of a process of Linux with glibc.
 *
 * @param smaps the text of /proc/PID/smaps
 * @see https://docs.kernel.org/filesystems/proc.html, and "arenas" in glibc's malloc/arena.c
 */
export function residentParts(smaps: string): ResidentParts {
  const parts = { mallocBytes: 0, otherAnonymousBytes: 0, fileBytes: 0 }
  let part: keyof ResidentParts = 'otherAnonymousBytes'
  for (const line of smaps.split('\n')) {
    const [, from, to, inode, name = ''] = MAPPING.exec(line) ?? []
    if (from !== undefined) {
      const start = Number.parseInt(from, 16)
      const isArena = name === '' && start % ARENA_BYTES === 0 && Number.parseInt(String(to), 16) - start < ARENA_BYTES
      part = name === '[heap]' || isArena ? 'mallocBytes' : inode === '0' ? 'otherAnonymousBytes' : 'fileBytes'
    }
    const [, kibibytes] = RESIDENT.exec(line) ?? []
    if (kibibytes !== undefined) parts[part] += Number(kibibytes) * 1_024
  }
  return parts
}
