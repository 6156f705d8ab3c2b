import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseWorkerMessage } from '../../src/server/worker-message.ts'

test('what a worker of ours says is read as it is', () => {
  for (const message of [
    { type: 'listening' },
    { type: 'alive' },
    { type: 'failed', message: 'no' },
    { type: 'failed', message: 'no', hint: 'try again' },
    { type: 'stats', id: 1, stats: { pid: 1 } },
    { type: 'worn', reason: 'age', requests: 1, rssBytes: 2 },
    { type: 'metrics', slot: 0, snapshot: new Map([['http_requests_in_progress', new Map([['', [1]]])]]) },
    { type: 'log', text: 'a line\n', lines: 1 },
    { type: 'scrape', id: 3, format: 'openmetrics' },
    { type: 'tokens', id: -1, requests: [{ clientKey: '127.0.0.1', wanted: 2, needed: 1, unused: 0, tokenMs: 60 }] },
  ]) {
    assert.equal(parseWorkerMessage(message), message)
  }
})

for (const garbage of [
  undefined,
  null,
  17,
  'listening',
  [],
  {},
  { type: null },
  { type: '__proto__' },
  { type: 'constructor' },
  { type: 'toString' },
  { type: 'nonsense' },
  { type: ['listening'] },
  { type: 'failed' },
  { type: 'failed', message: 3 },
  { type: 'stats', id: '1', stats: {} },
  { type: 'stats', id: 1, stats: null },
  { type: 'worn' },
  { type: 'worn', reason: 'boredom', requests: 1, rssBytes: 1 },
  { type: 'worn', reason: 'age', requests: '1', rssBytes: 1 },
  { type: 'metrics', slot: 0, snapshot: {} },
  { type: 'metrics', slot: 'x', snapshot: [] },
  { type: 'log', text: 'a line\n' },
  { type: 'log', text: ['a line'], lines: 1 },
  { type: 'scrape', id: 1e99, format: 'prometheus' },
  { type: 'scrape', id: 1, format: 'html' },
  { type: 'tokens', id: 1, requests: [{ clientKey: '127.0.0.1', wanted: -1, needed: 1, unused: 0, tokenMs: 60 }] },
  { type: 'tokens', id: 1, requests: [{ clientKey: '127.0.0.1', wanted: 1, needed: 1, unused: 0.5, tokenMs: 60 }] },
  { type: 'tokens', id: 1, requests: [{ clientKey: '127.0.0.1', wanted: 1, needed: null, unused: 0, tokenMs: 60 }] },
  { type: 'tokens', id: 1, requests: [{ clientKey: '127.0.0.1', wanted: 1, needed: 1, unused: 0 }] },
  { type: 'tokens', id: 1, requests: null },
]) {
  test(`WK11 ${JSON.stringify(garbage)} is no message of a worker`, () => {
    assert.equal(parseWorkerMessage(garbage), undefined)
  })
}

test('WK11 figures with labels that their family does not have are no message of a worker', () => {
  const read = (family: string, labels: string): unknown =>
    parseWorkerMessage({ type: 'metrics', slot: 0, snapshot: new Map([[family, new Map([[labels, [1]]])]]) })
  for (const [family, labels] of [
    ['http_requests_total', String.raw`method="GET",route="/a\\b\"c\n",status="200"`],
    ['http_requests_in_progress', ''],
  ] as const) {
    assert.ok(read(family, labels) !== undefined, labels)
  }
  for (const [family, labels] of [
    ['http_requests_total', ''],
    ['http_requests_total', 'method="GET",status="200",route="/"'],
    ['http_requests_total', 'method="GET",route="/",status="200",more="1"'],
    ['http_requests_total', 'method="GET",route="/",status="20"0"'],
    ['http_requests_total', 'method="GET",route="/",status="200\\"'],
    ['http_requests_in_progress', 'x="1"'],
    ['http_requests_in_progress', '} 1\nevil_total{'],
  ] as const) {
    assert.equal(read(family, labels), undefined, labels)
  }
})
