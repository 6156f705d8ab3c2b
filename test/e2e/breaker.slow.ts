import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Report, Run } from '../../src/core/report.ts'
import { runTune } from '../support/run-tune.ts'

const ATTEMPTS = 3
/** What the machine itself did to a run. */
const DISTURBANCES: ReadonlySet<string> = new Set(['cpu-steal', 'busy-neighbour'])

test(
  'the breaker scenario shows errors until the circuits open, then 503 at once, and recovery',
  { timeout: 120_000 },
  async () => {
    for (let attempt = 1; ; attempt++) {
      const { code, stdout, stderr } = await runTune(['bench', 'breaker', '--json', '--quiet'])
      assert.ok(code === 0 || code === 4, stderr)
      const [run] = (JSON.parse(stdout) as Report).runs
      assert.ok(run)
      const isDisturbed = run.validity.reasons.some((reason) => DISTURBANCES.has(reason.code))
      try {
        return assertTripAndRecovery(run)
      } catch (error) {
        if (!isDisturbed || attempt === ATTEMPTS) throw error
      }
    }
  },
)

function assertTripAndRecovery(run: Run): void {
  const seconds = run.timeline.map(({ outcomes, server }) => ({
    good: outcomes?.['good']?.count ?? 0,
    failed: outcomes?.['failed']?.count ?? 0,
    shed: outcomes?.['shed'],
    breakers: server?.upstreams.map(({ breaker }) => breaker) ?? [],
  }))
  const firstFailed = seconds.findIndex(({ failed }) => failed > 0)
  const firstShed = seconds.findIndex(({ shed }) => shed !== undefined)
  assert.ok(firstFailed === 4 || firstFailed === 5, `errors begin with the fault, in second ${firstFailed}`)
  assert.ok(firstShed >= firstFailed && firstShed <= firstFailed + 3, `503 from second ${firstShed}`)
  const isOpen = seconds.slice(firstShed + 1, 9)
  assert.ok(isOpen.length > 0)
  for (const { good, shed, failed } of isOpen) {
    assert.equal(good, 0)
    assert.ok((shed?.count ?? 0) > 90, 'nearly all are refused')
    assert.ok(failed < 10, 'only probes fail')
    assert.ok((shed?.p50Ms ?? Infinity) < 5, `503 after ${shed?.p50Ms} ms`)
  }
  assert.ok(seconds.some(({ breakers }) => breakers.includes('open')))
  const recovered = seconds.slice(12)
  assert.ok(recovered.length >= 5)
  for (const { good, failed, shed } of recovered) {
    assert.ok(good > 90 && failed === 0 && shed === undefined, 'all is good again')
  }
  assert.deepEqual(
    run.faults?.map(({ upstream }) => upstream),
    ['primary', 'secondary'],
  )
}
