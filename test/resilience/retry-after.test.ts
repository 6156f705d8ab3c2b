import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRetryAfter } from '../../src/resilience/retry-after.ts'

/** The instant of the examples in RFC 9110, section 5.6.7; `date -u -d '1994-11-06 08:49:37' +%s` prints the same. */
const EXAMPLE_EPOCH_MS = 784_111_777_000

test('UP08 seconds are read', () => {
  assert.equal(parseRetryAfter('120', EXAMPLE_EPOCH_MS), 120_000)
  assert.equal(parseRetryAfter(' 0 ', EXAMPLE_EPOCH_MS), 0)
})

for (const date of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
  test(`UP08 the date "${date}" is read as the time until then, and 0 once it is past`, () => {
    assert.equal(parseRetryAfter(date, EXAMPLE_EPOCH_MS - 90_000), 90_000)
    assert.equal(parseRetryAfter(date, EXAMPLE_EPOCH_MS + 1), 0)
  })
}

test('UP08 anything else is ignored', () => {
  for (const text of ['', '-5', '1.5', '1e3', '5s', 'soon', '1994-11-06T08:49:37Z', '99999999999999']) {
    assert.equal(parseRetryAfter(text, EXAMPLE_EPOCH_MS), undefined, text)
  }
  assert.equal(parseRetryAfter('Sun, 99 Nov 1994 08:49:37 GMT', EXAMPLE_EPOCH_MS), undefined)
  assert.equal(parseRetryAfter('Sun, 06 Xyz 1994 08:49:37 GMT', EXAMPLE_EPOCH_MS), undefined)
})
