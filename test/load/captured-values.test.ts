import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CapturedValues } from '../../src/load/captured-values.ts'

test('captured values are kept by client and name, the latest of a name', () => {
  const values = new CapturedValues()
  values.keep(1, 'token', 'old')
  values.keep(1, 'token', 'new')
  values.keep(1, 'cart', '7')
  values.keep(2, 'token', 'other')
  assert.deepEqual(
    [1, 2, 3].map((client) => ({ ...values.of(client) })),
    [{ token: 'new', cart: '7' }, { token: 'other' }, {}],
  )
})

test('a value may have a name that every object knows, and is not there before it was captured', () => {
  const values = new CapturedValues()
  for (const name of ['constructor', 'toString', '__proto__']) {
    assert.equal(values.of(1)[name], undefined)
    values.keep(1, name, 'mine')
    assert.equal(values.of(1)[name], 'mine')
    assert.equal(values.of(2)[name], undefined)
  }
})

test('a client beyond the bound takes the place of the one that has waited longest', () => {
  const values = new CapturedValues(2)
  for (const client of [1, 2, 1, 3]) values.keep(client, 'token', String(client))
  assert.deepEqual(
    [1, 2, 3].map((client) => ({ ...values.of(client) })),
    [{}, { token: '2' }, { token: '3' }],
  )
})
