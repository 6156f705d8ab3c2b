import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { runServer } from '../support/running-server.ts'
import type { RunningServer } from '../support/running-server.ts'
import { resolveSettings } from '../../src/core/settings.ts'
import { send, until } from './app-under-test.ts'

const FLAGS = { RATE_LIMIT_ENABLED: 'true', UPSTREAMS: 'none=http://127.0.0.1:9' }

/** How many of so many requests on connections of their own, or on those of the agent, were let through. */
async function allowedOf({ url }: RunningServer, requests: number, agent: Agent | false = false): Promise<number> {
  let allowed = 0
  for (let sent = 0; sent < requests; sent += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(`${url}/work`, { agent })))
    allowed += answers.filter(({ status }) => status === 200).length
  }
  return allowed
}

function keepAlive(t: TestContext, maxSockets: number): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets })
  t.after(() => agent.destroy())
  return agent
}

test('RL10 four workers keep one limit, over many connections and over a single one', async (t) => {
  const server = await runServer(t, { ...FLAGS, WEB_CONCURRENCY: '4', RATE_LIMIT_DEFAULT: '60/day' })
  assert.equal(await allowedOf(server, 40, keepAlive(t, 1)), 40, 'one worker is not held to its share')
  assert.equal(await allowedOf(server, 100), 20)
})

test('RL10 replacing the workers refills nothing, and a killed one takes no more with it than it held', async (t) => {
  const flags = { ...FLAGS, WEB_CONCURRENCY: '2', RATE_LIMIT_DEFAULT: '400/day' }
  const server = await runServer(t, flags)
  assert.equal(await allowedOf(server, 100, keepAlive(t, 6)), 100)
  const before = server.workerPids()
  await server.apply(resolveSettings({ flags: { ...flags, KEEP_ALIVE: '7' }, environment: {}, preset: 'bench' }))
  assert.ok(
    server.workerPids().every((pid) => !before.includes(pid)),
    'they were replaced',
  )
  assert.equal(await allowedOf(server, 100, keepAlive(t, 6)), 100)
  const [victim = assert.fail('no worker')] = server.workerPids()
  process.kill(victim, 'SIGKILL')
  await until(() => server.workerPids().length === 2 && !server.workerPids().includes(victim), 'it has a successor')
  const rest = await allowedOf(server, 400)
  // All workers together hold at most 5 % of a full bucket, and one of two half of that.
  assert.ok(rest <= 200 && rest >= 190 - 20, `${rest} were let through`)
})

test('RL10 a limit that changes holds for all workers, and what was used stays used', async (t) => {
  const flags = { ...FLAGS, WEB_CONCURRENCY: '2', RATE_LIMIT_DEFAULT: '60/day' }
  const server = await runServer(t, flags)
  assert.equal(await allowedOf(server, 100), 60)
  const changed = { ...flags, RATE_LIMIT_DEFAULT: '40/day' }
  await server.apply(resolveSettings({ flags: changed, environment: {}, preset: 'bench' }))
  assert.equal(await allowedOf(server, 40), 0)
})

test('RL10 a server without workers keeps its limit over a reload too', async (t) => {
  const flags = { ...FLAGS, WEB_CONCURRENCY: '0', RATE_LIMIT_DEFAULT: '60/day' }
  const server = await runServer(t, flags)
  assert.equal(await allowedOf(server, 40), 40)
  await server.apply(resolveSettings({ flags: { ...flags, KEEP_ALIVE: '7' }, environment: {}, preset: 'bench' }))
  assert.equal(await allowedOf(server, 60), 20)
})
