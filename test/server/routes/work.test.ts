import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseAmounts } from '../../../src/server/routes/work.ts'

test('parts of the work that are not asked for are 0', () => {
  assert.deepEqual(parseAmounts(''), { cpu: 0, wait: 0, bytes: 0 })
  assert.deepEqual(parseAmounts('wait=5'), { cpu: 0, wait: 5, bytes: 0 })
  assert.deepEqual(parseAmounts('cpu=0.5&bytes=10485760'), { cpu: 0.5, wait: 0, bytes: 10_485_760 })
})

for (const [query, named] of [
  ['cpu=10001', /cpu .* 0 to 10000, got .*10001/],
  ['wait=60001', /wait .* 0 to 60000/],
  ['bytes=10485761', /bytes .* 0 to 10485760/],
  ['bytes=1.5', /bytes/],
  ['cpu=-1', /cpu/],
  ['cpu=1e3', /cpu/],
  ['cpu=NaN', /cpu/],
  ['cpu=', /cpu/],
  ['cup=1', /cup is not known/],
  ['constructor=1', /constructor is not known/],
  ['cpu=x&wait=y', /cpu .*; wait/],
] as const) {
  test(`?${query} is refused with a sentence that names the problem`, () => {
    assert.match(JSON.stringify(parseAmounts(query)), named)
  })
}
