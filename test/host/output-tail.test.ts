import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { OutputTail } from '../../src/host/output-tail.ts'

test('the tail is the end of everything that was added, however it was cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{0,40}$/), { maxLength: 60 }),
      fc.integer({ min: 1, max: 50 }),
      (parts, limit) => {
        const tail = new OutputTail(limit)
        for (const part of parts) tail.add(Buffer.from(part))
        assert.equal(tail.text(), parts.join('').slice(-limit))
      },
    ),
  )
})

test('the tail of very many small chunks is their end', () => {
  const tail = new OutputTail(4)
  for (let number = 0; number < 10_000; number++) tail.add(Buffer.from(`${number} `))
  assert.equal(tail.text(), '999 ')
})
