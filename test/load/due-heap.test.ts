import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { DueHeap } from '../../src/load/due-heap.ts'

test('what is due first comes out first, whatever was put in or taken out before', () => {
  const step = fc.oneof(fc.record({ dueMs: fc.double({ noNaN: true, noDefaultInfinity: true }) }), fc.constant('shift'))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new DueHeap()
      const model: { readonly dueMs: number; readonly item: number }[] = []
      for (const [item, what] of steps.entries()) {
        if (typeof what === 'object') {
          heap.push(what.dueMs, item)
          model.push({ dueMs: what.dueMs, item })
          model.sort((a, b) => a.dueMs - b.dueMs)
        } else {
          const dueMs = heap.nextMs
          const first = heap.shift()
          const place = model.findIndex((entry) => entry.item === first)
          assert.equal(first === undefined, model.length === 0)
          assert.equal(dueMs, model[0]?.dueMs ?? Infinity)
          // Of several that are due at one moment any may be first.
          if (first !== undefined) assert.equal(model.splice(place, 1)[0]?.dueMs, dueMs)
        }
        assert.equal(heap.nextMs, model[0]?.dueMs ?? Infinity)
      }
    }),
  )
})
