import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ignoreLostReader, styleOf } from '../../src/cli/terminal.ts'

const TERMINAL = { isTTY: true, columns: 90 } as const

test('a terminal has its own width, and colours', () => {
  assert.deepEqual(styleOf(TERMINAL, { LANG: 'en_US.UTF-8' }, true), { width: 90, color: true, unicode: true })
})

for (const environment of [{ NO_COLOR: '1' }, { TUNE_NO_COLOR: '1' }, { TERM: 'dumb' }]) {
  test(`there are no colours with ${JSON.stringify(environment)}`, () => {
    assert.equal(styleOf(TERMINAL, environment, true).color, false)
  })
}

test('--no-color and a pipe have no colours, and an empty NO_COLOR says nothing', () => {
  assert.equal(styleOf(TERMINAL, {}, false).color, false)
  assert.deepEqual(styleOf({}, {}, true), { width: 100, color: false, unicode: true })
  assert.equal(styleOf(TERMINAL, { NO_COLOR: '' }, true).color, true)
})

test('a locale that is not UTF-8 gets ASCII, and LC_ALL goes before LANG', () => {
  assert.equal(styleOf(TERMINAL, { LANG: 'C' }, true).unicode, false)
  assert.equal(styleOf(TERMINAL, { LC_ALL: 'POSIX', LANG: 'de_DE.UTF-8' }, true).unicode, false)
})

test('a terminal too narrow for anything is written to as if it had 40 columns', () => {
  assert.equal(styleOf({ isTTY: true, columns: 10 }, {}, true).width, 40)
})

test('a closed pipe and a closed terminal are no errors of a stream, a full disk is', () => {
  for (const code of ['EPIPE', 'EIO']) ignoreLostReader(Object.assign(new Error(code), { code }))
  assert.throws(() => ignoreLostReader(Object.assign(new Error('full'), { code: 'ENOSPC' })), /full/)
})
