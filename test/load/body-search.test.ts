import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { BodySearch } from '../../src/load/body-search.ts'

test('a body search finds what String.includes finds, however the body is cut', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', 'ü'), { maxLength: 30 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(
      letters,
      letters.filter((text) => text !== ''),
      fc.array(fc.nat(60)),
      (body, wanted, cuts) => {
        const bytes = Buffer.from(body)
        const search = new BodySearch(Buffer.from(wanted))
        const ends = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        let start = 0
        for (const end of ends) {
          search.push(bytes.subarray(start, end))
          start = end
        }
        assert.equal(search.isFound, body.includes(wanted))
      },
    ),
  )
})
