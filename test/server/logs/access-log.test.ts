import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { AccessLog } from '../../../src/server/logs/access-log.ts'
import { errorLine } from '../../../src/server/logs/log-line.ts'
import type { LogLevel } from '../../../src/server/logs/log-level.ts'
import { createApp } from '../../../src/server/app.ts'
import { jsonAnswer } from '../../../src/server/answer.ts'
import type { Route } from '../../../src/server/router.ts'
import { PLAIN, send, until } from '../app-under-test.ts'

type Line = Readonly<Record<string, unknown>>

const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/ok', handle: () => jsonAnswer(200, 'ä') },
  {
    method: 'GET',
    path: '/fails',
    handle: () => {
      throw new Error('a mistake')
    },
  },
]

/** The app with an access log; its lines, parsed. */
async function runLogged(t: TestContext, logLevel: LogLevel): Promise<{ url: string; lines: Line[] }> {
  const lines: Line[] = []
  const log = (line: string): void => {
    assert.ok(line.endsWith('\n') && line.indexOf('\n') === line.length - 1, 'one line')
    lines.push(JSON.parse(line) as Line)
  }
  const app = createApp({ ...PLAIN, logLevel }, { log, routes: ROUTES })
  app.server.listen(0, '127.0.0.1')
  await once(app.server, 'listening')
  t.after(async () => {
    app.server.closeAllConnections()
    await app.drain(0)
  })
  const address = app.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return { url: `http://127.0.0.1:${address.port}`, lines }
}

test('a request is one line with what is needed to find it, and without query and headers', async (t) => {
  const { url, lines } = await runLogged(t, 'info')
  const headers = { 'x-request-id': 'mine', authorization: 'Bearer hidden', cookie: 'hidden=1' }
  await send(`${url}/ok?password=hidden`, { headers })
  const [line = {}] = lines
  const { time, durationMs, ...rest } = line
  assert.deepEqual(rest, {
    level: 'info',
    method: 'GET',
    route: '/ok',
    path: '/ok',
    status: 200,
    bytes: 4,
    requestId: 'mine',
    client: '127.0.0.1',
  })
  assert.equal(new Date(String(time)).toISOString(), time)
  assert.ok(typeof durationMs === 'number' && durationMs >= 0)
  assert.ok(!JSON.stringify(line).includes('hidden'))
})

test('a path is escaped and cut, whatever a client sends', async (t) => {
  const { url, lines } = await runLogged(t, 'info')
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const path = `/"},{"level":"fake\\${'x'.repeat(5_000)}`
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nX-Request-ID: "}\r\nConnection: close\r\n\r\n`)
  socket.resume()
  await once(socket, 'close')
  const [line = {}] = lines
  assert.deepEqual([line['route'], line['status'], line['level']], ['unmatched', 404, 'info'])
  assert.equal(line['path'], path.slice(0, 1_024))
  assert.match(String(line['requestId']), /^[\w.-]+$/)
})

test('LOG_LEVEL info leaves out health checks, debug has them, error has only failures', async (t) => {
  const seen: Record<string, unknown[]> = {}
  for (const level of ['error', 'info', 'debug'] as const) {
    const { url, lines } = await runLogged(t, level)
    for (const path of ['/health', '/ok', '/fails']) await send(`${url}${path}`)
    seen[level] = lines.map(({ path, status }) => `${String(path)} ${String(status)}`)
  }
  assert.deepEqual(seen, {
    error: ['/fails 500'],
    info: ['/ok 200', '/fails 500'],
    debug: ['/health 200', '/ok 200', '/fails 500'],
  })
})

test('a client that leaves before its answer is logged as 499', async (t) => {
  const { url, lines } = await runLogged(t, 'info')
  const abort = new AbortController()
  const left = send(`${url}/work?wait=5000`, { signal: abort.signal }).catch(() => undefined)
  setTimeout(() => abort.abort(), 50)
  await left
  await until(() => lines.length === 1, 'the request has ended')
  assert.equal(lines[0]?.['status'], 499)
})

test('the time of a line is that of the wall clock', () => {
  const written: string[] = []
  const log = new AccessLog(
    'info',
    (line) => written.push(line),
    () => 1_700_000_000_123,
  )
  const context = { request: { method: 'GET', socket: {} }, response: {}, route: { path: '/a' }, path: '/a' }
  log.onEnd({ ...context, requestId: 'r' } as never, jsonAnswer(200, 1), 1.23456)
  assert.match(written[0] ?? '', /^\{"time":"2023-11-14T22:13:20\.123Z".*"durationMs":1\.235,/)
})

test('an error is one line with its stack and without secrets', () => {
  const line = errorLine(new Error('postgres://user:hidden@host/db refused, token=hidden'))
  assert.ok(!line.includes('hidden'))
  const { level, message, stack } = JSON.parse(line) as Record<string, string>
  assert.equal(level, 'error')
  assert.match(String(message), /refused/)
  assert.match(String(stack), /access-log\.test/)
  assert.match(errorLine('a text'), /"message":"a text"/)
})
