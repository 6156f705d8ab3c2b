import assert from 'node:assert/strict'
import { test } from 'node:test'

import { takeInventory } from './inventory/take-inventory.ts'
import { testTitles, titlesOf } from './inventory/test-titles.ts'

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

test('only names of tests that run are taken, not what their assertions say', () => {
  const source = `
    test('CA01 runs', () => assert.ok(true, 'CA02 is said by an assertion'))
    test.skip('CA03 never runs', () => undefined)
    test('CA04 never runs', { skip: true }, () => undefined)
    test('CA05 never runs', { timeout: 1, skip: 'broken' }, () => undefined)
    test('CA06 runs on Linux', { skip: process.platform !== 'linux' && 'needs /proc' }, () => undefined)
    const ROWS = [['CA07', 'no table of tests']]`
  assert.deepEqual(titlesOf(source), ['CA01 runs', 'CA06 runs on Linux'])
})

test('the numbers of a table are taken where its tests are named after them', () => {
  const source =
    "for (const [id, what] of [['S01', 'a'], ['S02', 'b']]) test(`UP16 ${id} ${what} is seen`, () => check('S03'))"
  assert.deepEqual(titlesOf(source), ['UP16 … … is seen', 'S01', 'S02'])
})
