import assert from 'node:assert/strict'
import { test } from 'node:test'

import { takeInventory } from './inventory/take-inventory.ts'
import { testTitles } from './inventory/test-titles.ts'

const titles = testTitles()

test('each item of the research is shown by tests, has a reason why not, or is planned (npm run test:inventory)', () => {
  assert.deepEqual(takeInventory(titles).problems, [])
})

test('an item that no test shows is a problem, and so is a test named after an item that does not exist', () => {
  const without = titles.filter(({ numbers }) => !numbers.includes('CA05'))
  const stray = { file: 'x.test.ts', title: 'CA99 what nobody asked for', numbers: ['CA99'] }
  const { problems } = takeInventory([...without, stray])
  assert.ok(problems.some((problem) => problem.startsWith('CA05 (cache and single flight) has no test')))
  assert.ok(problems.some((problem) => problem.includes('named after CA99, which is no item')))
})

test('a reason why there is no test is a problem once there is one', () => {
  const late = { file: 'x.test.ts', title: 'HT13 HTTP/3 is there', numbers: ['HT13'] }
  const { problems } = takeInventory([...titles, late])
  assert.ok(problems.some((problem) => problem.startsWith('HT13 is said to be without a test')))
})
