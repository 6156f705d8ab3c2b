import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { UpstreamFault } from '../../src/server/messages.ts'
import { startSimulators } from '../../src/server/simulators.ts'
import type { Simulators } from '../../src/server/simulators.ts'

let simulators: Simulators
before(async () => {
  simulators = await startSimulators({ cpus: [], seed: 1 })
})
after(() => simulators.stop())

async function ask(path = '/v1/generate', signal?: AbortSignal): Promise<string> {
  const url = `${simulators.addresses[0]?.url}${path}`
  try {
    const answer = await fetch(url, { method: 'POST', body: '{}', ...(signal === undefined ? {} : { signal }) })
    const text = await answer.text()
    return `${answer.status} ${text}`
  } catch {
    return 'broken'
  }
}

function setFault(fault: UpstreamFault): Promise<void> {
  return simulators.setFault('primary', fault)
}

test('a simulated upstream answers as a provider does', async () => {
  await setFault({})
  assert.match(await ask(), /^200 \{"text":"primary took \d+ ms"\}$/)
  assert.match(await ask('/v1/completions'), /^200 \{.*"model":"primary","choices":\[\{"index":0,"text":"primary took/)
  assert.equal(await ask('/health'), '200 {"status":"ok"}')
})

test('it breaks its answers off when that is its fault', async () => {
  await setFault({ body: 'truncate' })
  assert.equal(await ask(), 'broken')
})

test('it answers byte by byte when that is its fault: whole in the end, and seconds later', async () => {
  await setFault({ body: 'drip' })
  const startMs = performance.now()
  // A byte every 200 ms; health checks have the shortest answer.
  assert.equal(await ask('/health'), '200 {"status":"ok"}')
  assert.ok(performance.now() - startMs >= 14 * 200)
})

test('it serves no more calls at a time than its fault says', async () => {
  await setFault({ capacity: 2, latencyFactor: 20 })
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask()))
  assert.equal(answers.filter((answer) => answer.startsWith('200')).length, 2)
  assert.equal(answers.filter((answer) => answer === '503 {"error":"overloaded"}').length, 3)
  await setFault({ capacity: 0 })
  assert.match(await ask('/health'), /^503/)
})

test('it is wrong and right in turns when it flaps, beginning with wrong', async () => {
  await setFault({ errorRate: 1, flappingMs: 1_000 })
  const seen: string[] = []
  const endMs = performance.now() + 2_500
  while (performance.now() < endMs) {
    const answer = (await ask('/health')).slice(0, 3)
    if (seen.at(-1) !== answer) seen.push(answer)
  }
  assert.ok(seen.length >= 4, String(seen))
  assert.deepEqual(seen.slice(0, 4), ['500', '200', '500', '200'])
})

test('checks fail like calls when every call fails, hangs or is reset', async () => {
  await setFault({ errorRate: 1 })
  assert.match(await ask('/health'), /^500/)
  await setFault({ silence: 'reset' })
  assert.equal(await ask('/health'), 'broken')
  await setFault({ silence: 'hang' })
  assert.equal(await ask('/health', AbortSignal.timeout(200)), 'broken')
})
