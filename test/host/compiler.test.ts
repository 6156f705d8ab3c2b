import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

import { OPTIMIZED_BYTECODE_FLAG, USUAL_OPTIMIZED_BYTES } from '../../src/host/compiler.ts'

test('the flag that rests the compiler is one of V8, and the value that wakes it is its default', () => {
  const { stdout } = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })
  assert.match(stdout, new RegExp(`default: ${OPTIMIZED_BYTECODE_FLAG}=${USUAL_OPTIMIZED_BYTES}$`, 'm'))
})
