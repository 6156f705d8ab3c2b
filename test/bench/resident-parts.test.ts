import assert from 'node:assert/strict'
import { test } from 'node:test'

import { residentParts } from './support/resident-parts.ts'

/** As Linux writes it, without the lines that nobody reads here. */
const SMAPS = `00400000-05a2b000 r-xp 00000000 fe:00 1314 /usr/bin/node
Size:              92332 kB
Rss:               40000 kB
0a1b2000-0b1b2000 rw-p 00000000 00:00 0 [heap]
Size:              16384 kB
Rss:               10000 kB
7f1200000000-7f1200840000 rw-p 00000000 00:00 0 
Rss:                5000 kB
7f1200840000-7f1204000000 ---p 00000000 00:00 0 
Rss:                   0 kB
7f1234540000-7f1234580000 rw-p 00000000 00:00 0 
Rss:                 256 kB
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]
Rss:                 100 kB
7f1300000000-7f1308000000 rw-s 00000000 00:05 77 /tmp/tasks.db-shm
Rss:                  32 kB
`

test('memory is told by where it came from: malloc and its arenas, other anonymous memory, files', () => {
  assert.deepEqual(residentParts(SMAPS), {
    mallocBytes: 15_000 * 1_024,
    otherAnonymousBytes: 356 * 1_024,
    fileBytes: 40_032 * 1_024,
  })
})
