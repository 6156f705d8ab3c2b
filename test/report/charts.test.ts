import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ASCII_SIGNS, drawBar, drawSparkline, UNICODE_SIGNS } from '../../src/report/charts.ts'

test('a bar fills its share of the width, to an eighth of a column', () => {
  assert.equal(drawBar(1, 4, UNICODE_SIGNS), '████')
  assert.equal(drawBar(0.5, 4, UNICODE_SIGNS), '██')
  assert.equal(drawBar(0.375, 2, UNICODE_SIGNS), '▊')
  assert.equal(drawBar(0.5, 4, ASCII_SIGNS), '##')
})

test('the smallest share leaves a mark, and none leaves nothing', () => {
  assert.equal(drawBar(0.000_01, 10, UNICODE_SIGNS), '▏')
  assert.equal(drawBar(0.000_01, 10, ASCII_SIGNS), '#')
  assert.equal(drawBar(0, 10, UNICODE_SIGNS), '')
})

test('a sparkline runs from 0 to the largest value', () => {
  assert.equal(drawSparkline([0, 50, 100], 10, UNICODE_SIGNS), '▁▅█')
  assert.equal(drawSparkline([0, 0], 10, UNICODE_SIGNS), '▁▁')
  assert.equal(drawSparkline([], 10, UNICODE_SIGNS), '')
})

test('a sparkline that is too long shares columns by the mean', () => {
  assert.equal(drawSparkline([0, 0, 100, 100], 2, ASCII_SIGNS), '_#')
  assert.equal(
    drawSparkline(
      Array.from({ length: 86_400 }, () => 1),
      40,
      UNICODE_SIGNS,
    ).length,
    40,
  )
})
