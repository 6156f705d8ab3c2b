import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ALL_HIT, casesNamed, LAYER_CASES } from './support/layer-cases.ts'

test('cases of the layers are chosen by a part of their name, and all of them by an empty one', () => {
  assert.deepEqual(
    casesNamed('no hit').map(({ name }) => name),
    ['all, no hit'],
  )
  assert.deepEqual(casesNamed(''), LAYER_CASES)
  assert.ok(casesNamed(ALL_HIT).length > 0, 'the one that is judged is there')
})

test('a name that no case of the layers has is refused, with those that there are', () => {
  assert.throws(() => casesNamed('metrcs'), { name: 'RangeError', message: /--only metrcs.*no layer, metrics/ })
})
