import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseAmounts } from '../../../src/server/routes/work.ts'
import { runApp, send } from '../app-under-test.ts'

const NOTHING = { cpu: 0, wait: 0, bytes: 0, fail: 0, reset: 0 }

test('parts of the work that are not asked for are 0', () => {
  assert.deepEqual(parseAmounts(''), NOTHING)
  assert.deepEqual(parseAmounts('wait=5'), { ...NOTHING, wait: 5 })
  assert.deepEqual(parseAmounts('cpu=0.5&bytes=10485760'), { ...NOTHING, cpu: 0.5, bytes: 10_485_760 })
})

for (const [query, named] of [
  ['cpu=10001', /cpu .* 0 to 10000, got .*10001/],
  ['wait=60001', /wait .* 0 to 60000/],
  ['bytes=10485761', /bytes .* 0 to 10485760/],
  ['bytes=1.5', /bytes/],
  ['cpu=-1', /cpu/],
  ['fail=101', /fail .* 0 to 100/],
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

test('of the requests asked to fail, and of those asked to be reset, exactly the share does', async (t) => {
  const { url } = await runApp(t)
  const statuses = []
  for (let request = 0; request < 10; request++) statuses.push((await send(`${url}/work?fail=20`)).status)
  assert.deepEqual(statuses, [200, 200, 200, 200, 500, 200, 200, 200, 200, 500])
  const ends = []
  for (let request = 0; request < 4; request++) {
    ends.push(
      await send(`${url}/work?reset=50`).then(
        ({ status }) => status,
        (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
      ),
    )
  }
  assert.deepEqual(ends, [200, 'ECONNRESET', 200, 'ECONNRESET'])
})
