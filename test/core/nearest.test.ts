import assert from 'node:assert/strict'
import { test } from 'node:test'

import { nearest } from '../../src/core/nearest.ts'

test('a typing error finds the name that was meant, whatever its case', () => {
  assert.equal(nearest('CACHE_TLT', ['CACHE_TTL', 'CACHE_ENABLED']), 'CACHE_TTL')
  assert.equal(nearest('mixd', ['mixed', 'spike']), 'mixed')
})

test('a word that is like nothing known finds nothing', () => {
  assert.equal(nearest('banana', ['CACHE_TTL', 'mixed']), undefined)
})
