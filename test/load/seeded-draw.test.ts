import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededDraw } from '../../src/load/seeded-draw.ts'

test('a seeded draw is MurmurHash3 of its three numbers, as a fraction of 2³²', () => {
  // mmh3 5.3.0 (Python): mmh3.hash(struct.pack('<III', …), 0x9747b28c, signed=False)
  const golden: readonly (readonly [number, number, number, number])[] = [
    [1, 0, 0, 2_986_355_641],
    [1, 2, 3, 1_932_100_742],
    [7, -1, 5, 1_983_746_649],
    [123_456, 99, -1, 1_172_401_420],
  ]
  for (const [seed, number, draw, hash] of golden) assert.equal(seededDraw(seed, number, draw), hash / 2 ** 32)
})
