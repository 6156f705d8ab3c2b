import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { Backlog } from '../../src/load/backlog.ts'

test('a backlog gives back what an array would, first in first out', () => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 1, max: 900 }) }),
    fc.record({ shift: fc.integer({ min: 1, max: 900 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const backlog = new Backlog<number>()
      const model: number[] = []
      let next = 0
      for (const { push, shift } of steps as { push?: number; shift?: number }[]) {
        for (let times = push ?? 0; times > 0; times--) {
          backlog.push(next)
          model.push(next++)
        }
        for (let times = shift ?? 0; times > 0; times--) assert.equal(backlog.shift(), model.shift())
        assert.equal(backlog.first, model[0])
      }
    }),
  )
})
