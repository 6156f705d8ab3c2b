import assert from 'node:assert/strict'
import { test } from 'node:test'

import { checkCombination } from '../../src/cli/flag-combinations.ts'
import { address } from '../../src/cli/flags.ts'
import type { RunFlags } from '../../src/cli/run-flags.ts'
import { UsageError } from '../../src/core/errors.ts'

const DEFAULTS: RunFlags = { repeat: 1, placement: 'auto', generators: 1, seed: 1, color: true }

function check(url: string, scenario: string | undefined): void {
  checkCombination({ ...DEFAULTS, url: address(url) }, scenario)
}

for (const url of ['http://127.0.0.1:3000/v1', 'http://127.0.0.1:3000/?page=2']) {
  test(`${url} beside a scenario is refused, because its path would not be sent`, () => {
    assert.throws(
      () => check(url, './checkout.yaml'),
      (error) =>
        error instanceof UsageError &&
        /--url with a path/.test(error.message) &&
        /checkout\.yaml/.test(error.message) &&
        /http:\/\/127\.0\.0\.1:3000\//.test(error.hint ?? ''),
    )
    assert.doesNotThrow(() => check(url, undefined))
  })
}

test('an address without path and query goes with a scenario', () => {
  assert.doesNotThrow(() => check('http://127.0.0.1:3000', './checkout.yaml'))
  assert.doesNotThrow(() => check('http://127.0.0.1:3000/', './checkout.yaml'))
})
