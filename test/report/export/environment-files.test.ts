import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEnv } from 'node:util'

import fc from 'fast-check'

import { quotedEnv } from '../../../src/report/export/env.ts'
import { quotedSystemd } from '../../../src/report/export/systemd.ts'
import { advice, ALL_KINDS_OF_ADVICE, ALL_KINDS_OF_VARIABLES, reportWith } from './export-fixture.ts'
import { contentOf, readExport } from './export-readers.ts'

test('a dotenv file has every setting by its name, and the flags of Node in NODE_OPTIONS', () => {
  const content = contentOf('env', reportWith(ALL_KINDS_OF_ADVICE))
  assert.deepEqual(readExport('env', content), ALL_KINDS_OF_VARIABLES)
})

test('each value stands directly below its evidence', () => {
  const report = reportWith([advice('WEB_CONCURRENCY', 2, { explanation: 'This is why.' })])
  for (const [kind, line] of [
    ['env', 'WEB_CONCURRENCY=2'],
    ['systemd', 'Environment="WEB_CONCURRENCY=2"'],
    ['gunicorn', 'workers = 2'],
    ['compose', '      WEB_CONCURRENCY: "2"'],
    ['k8s', '  WEB_CONCURRENCY: "2"'],
  ] as const) {
    const lines = contentOf(kind, report).split('\n')
    const place = lines.indexOf(line)
    assert.match(lines[place - 1] ?? '', /^ *# This is why\.$/, kind)
    assert.match(lines[place - 3] ?? '', /^ *# WEB_CONCURRENCY: 2 .*modelled, high confidence, bound by cpu\.$/, kind)
  }
})

test('what is not sure is a comment that shows the line', () => {
  const content = contentOf('env', reportWith(ALL_KINDS_OF_ADVICE))
  assert.match(content, /^# not set, because its confidence is low: QUEUE_SIZE=120$/m)
})

test('a flag that is not sure stays out of NODE_OPTIONS', () => {
  const report = reportWith([
    advice('--max-old-space-size', 512),
    advice('--max-semi-space-size', 16, { confidence: 'low' }),
  ])
  const content = contentOf('env', report)
  assert.deepEqual(readExport('env', content), { NODE_OPTIONS: '--max-old-space-size=512' })
  assert.match(content, /: NODE_OPTIONS=--max-semi-space-size=16$/m)
})

test('a drop-in has every variable in an assignment of its own, within [Service]', () => {
  const content = contentOf('systemd', reportWith(ALL_KINDS_OF_ADVICE))
  const lines = Object.entries(ALL_KINDS_OF_VARIABLES).map(([name, value]) => `Environment="${name}=${value}"`)
  assert.deepEqual(readExport('systemd', content), ['[Service]', ...lines])
})

test('any text without a single quote comes back from a dotenv file, and the next line is left alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (drawn) => {
      const text = drawn.replaceAll(/['\r\0]/g, '')
      assert.deepEqual({ ...parseEnv(`A=${quotedEnv(text)}\nB=1\n`) }, { A: text, B: '1' })
    }),
  )
  assert.throws(() => quotedEnv("it's"), RangeError)
})

test('a word of systemd has its quotes, backslashes, specifiers and controls escaped', () => {
  // systemd.syntax(7): C-style escapes within quotes; systemd.unit(5): %% is a percent sign.
  assert.equal(quotedSystemd('A="b\\ %n\n$c'), String.raw`"A=\"b\\ %%n\u000a$c"`)
})
