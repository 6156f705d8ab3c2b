import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'

import { forkPinned, stopProcess } from '../../src/host/pinned-process.ts'
import { childMessage } from '../../src/server/child-message.ts'
import type { BareLoad } from './support/bare-client.ts'
import { type Oracle, startOracle } from './support/oracle.ts'
import type { OracleLaw } from './support/oracle-laws.ts'

const TENTH_IS_RESET: OracleLaw = { kind: 'resets', delayMs: 1, every: 10 }

async function oracleOf(t: TestContext, law: OracleLaw): Promise<Oracle> {
  const oracle = await startOracle(law, [])
  t.after(() => oracle.close())
  return oracle
}

async function measure(t: TestContext, load: BareLoad): Promise<readonly number[]> {
  const { child, output } = forkPinned(new URL('./support/bare-client.ts', import.meta.url), {
    cpus: [],
    args: [JSON.stringify(load)],
  })
  t.after(() => stopProcess(child, { graceMs: 1_000 }))
  return childMessage(child, {
    name: 'the bare client',
    timeoutMs: 20_000,
    output,
    match: (message) => message as readonly number[], // it says nothing else
  })
}

test('the bare client opens connections that were reset again in an open loop, and tells what was answered', async (t) => {
  const oracle = await oracleOf(t, TENTH_IS_RESET)
  const load = { url: oracle.url, connections: 20, ratePerS: 200, warmUpMs: 0, measuredMs: 500 }
  const tookMs = await measure(t, load)
  const { answeredMs } = await oracle.account()
  // 200/s over 0.5 s, every tenth of them reset; the first may be due before the measurement begins, and one more then.
  assert.ok(answeredMs.length === 100 || answeredMs.length === 101, `${answeredMs.length} requests`)
  assert.equal(answeredMs.filter(Number.isNaN).length, 10)
  assert.ok(tookMs.length === 90 || tookMs.length === 91, `${tookMs.length} answers`)
})

test('the bare client opens connections that were reset again in a closed loop', async (t) => {
  const oracle = await oracleOf(t, TENTH_IS_RESET)
  const load = { url: oracle.url, connections: 3, ratePerS: null, warmUpMs: 0, measuredMs: 300 }
  const tookMs = await measure(t, load)
  const { answeredMs } = await oracle.account()
  const resets = answeredMs.filter(Number.isNaN).length
  assert.equal(resets, Math.floor(answeredMs.length / 10))
  assert.ok(resets > 0)
  assert.equal(tookMs.length, answeredMs.length - resets)
})

test('the oracle answers requests in pieces and several at once, each after its delay', async (t) => {
  const oracle = await oracleOf(t, { kind: 'two-point', fastMs: 1, slowMs: 5, every: 3 })
  const { hostname, port } = new URL(oracle.url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  t.after(() => socket.destroy())
  const request = 'GET / HTTP/1.1\r\nhost: here\r\n\r\n'
  const answers = answersOn(socket)
  // The end of a request in pieces is seen only when the piece before has been read by itself: an answer says that it was.
  socket.write(`${request}${request.slice(0, -1)}`)
  await answers(1)
  socket.write(`\n${request.slice(0, -3)}`)
  await answers(2)
  socket.write(`${request.slice(-3)}${request}`)
  await answers(4)
  const { arrivedMs, dueMs, answeredMs } = await oracle.account()
  const delaysMs = dueMs.map((atMs, index) => Math.round(atMs - (arrivedMs[index] ?? Number.NaN)))
  assert.deepEqual([...delaysMs], [1, 1, 5, 1])
  assert.ok(answeredMs.every((atMs, index) => atMs >= (dueMs[index] ?? Infinity)))
})

/** Waits until so many answers have come in all. */
function answersOn(socket: ReturnType<typeof connect>): (count: number) => Promise<void> {
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString()))
  return async (count) => {
    while (text.split('\r\n\r\nok').length <= count) await once(socket, 'data')
  }
}
