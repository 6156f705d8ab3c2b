import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { UsageError } from '../../src/core/errors.ts'
import type { HostFacts } from '../../src/core/host-facts.ts'
import { planPlacement } from '../../src/host/placement.ts'

const OURS = { simulators: true, targetIsOurs: true, canPin: true }

function hostWith(affinity: readonly number[], quota: number | null = null): HostFacts {
  const effective = Math.min(affinity.length || 1, quota ?? Infinity)
  return {
    platform: 'linux',
    kernel: '6.12.0',
    nodeVersion: 'v24.0.0',
    virtualization: null,
    cpus: { logical: 64, affinity, quota, effective, source: 'affinity', origin: '/proc/self/status', model: 'test' },
    memory: { totalBytes: 1, limitBytes: 1, source: 'machine', origin: '/proc/meminfo' },
    fingerprint: '',
  }
}

function firstCpus(count: number): readonly number[] {
  return Array.from({ length: count }, (_, cpu) => cpu)
}

const SHARES = [
  { cpus: 2, target: 1, maySpin: false },
  { cpus: 3, target: 1, maySpin: true },
  { cpus: 4, target: 3, maySpin: false },
  { cpus: 6, target: 4, maySpin: true },
  { cpus: 8, target: 6, maySpin: true },
  { cpus: 16, target: 11, maySpin: true },
]

for (const { cpus, target, maySpin } of SHARES) {
  test(`of ${cpus} CPUs the target gets ${target}; a generator beside simulators ${maySpin ? 'may' : 'may not'} spin`, () => {
    const plan = planPlacement(hostWith(firstCpus(cpus)), 'auto', OURS)
    assert.equal(plan.mode, 'split')
    assert.equal(plan.targetCpus.length, target)
    assert.equal(plan.targetEffectiveCpus, target)
    assert.equal(plan.generatorMaySpin, maySpin)
  })
}

test('without simulators one CPU of its own is enough for a spinning generator', () => {
  assert.equal(planPlacement(hostWith([0, 1]), 'auto', { ...OURS, simulators: false }).generatorMaySpin, true)
})

test('the CPUs of a cpuset are used by their numbers', () => {
  const plan = planPlacement(hostWith([3, 9]), 'split', OURS)
  assert.deepEqual([plan.targetCpus, plan.generatorCpus], [[3], [9]])
  assert.match(plan.explanation, /CPU 3.* CPU 9/)
})

test('a quota bounds what the target can use, and a generator that would spin it away may not', () => {
  const plan = planPlacement(hostWith(firstCpus(8), 1.5), 'auto', { ...OURS, simulators: false })
  assert.equal(plan.targetEffectiveCpus, 1.5)
  assert.equal(plan.generatorMaySpin, false)
})

test('beside a target that is not ours only the generator is pinned, to the last CPU', () => {
  const plan = planPlacement(hostWith(firstCpus(4)), 'auto', { simulators: false, targetIsOurs: false, canPin: true })
  assert.deepEqual([plan.targetCpus, plan.generatorCpus], [[], [3]])
  assert.equal(plan.targetEffectiveCpus, 3)
  assert.equal(plan.generatorMaySpin, true)
})

const UNSPLIT = [
  { because: 'it was asked for', affinity: [0, 1], wanted: 'shared', canPin: true, reason: /asked for/ },
  { because: 'there is one CPU', affinity: [5], wanted: 'split', canPin: true, reason: /fewer than two/ },
  {
    because: 'the system does not tell the affinity',
    affinity: [],
    wanted: 'auto',
    canPin: true,
    reason: /fewer than two/,
  },
  { because: 'taskset does not work', affinity: [0, 1], wanted: 'split', canPin: false, reason: /taskset/ },
] as const

for (const { because, affinity, wanted, canPin, reason } of UNSPLIT) {
  test(`nothing is pinned and the generator does not spin when ${because}`, () => {
    const host = hostWith(affinity)
    const { explanation, ...plan } = planPlacement(host, wanted, { ...OURS, canPin })
    assert.match(explanation, reason)
    assert.deepEqual(plan, {
      mode: 'shared',
      targetCpus: [],
      generatorCpus: [],
      targetEffectiveCpus: host.cpus.effective,
      generatorMaySpin: false,
    })
  })
}

test('under a quota the target has the CPUs of a split, and only so much of them', () => {
  const plan = planPlacement(hostWith([0, 1, 2, 3]), 'quota', { ...OURS, quotaCpus: 1.5 })
  assert.deepEqual([plan.mode, plan.targetCpus, plan.generatorCpus], ['quota', [0, 1, 2], [3]])
  assert.equal(plan.targetEffectiveCpus, 1.5)
  assert.match(plan.explanation, /1\.5 CPUs by a quota\. .*CPUs 0, 1, 2/)
})

test('a quota of more than what is left beside the generator is told and gives what there is', () => {
  const plan = planPlacement(hostWith([0, 1]), 'quota', { ...OURS, quotaCpus: 1.5 })
  assert.equal(plan.targetEffectiveCpus, 1)
  assert.match(plan.explanation, /gets 1 CPU by a quota \(1\.5 CPUs asked for, more than/)
})

test('the share that a quota gives is told to a hundredth of a CPU', () => {
  const plan = planPlacement(hostWith([0, 1]), 'quota', { ...OURS, quotaCpus: 1 / 3 })
  assert.equal(plan.targetEffectiveCpus, 1 / 3)
  assert.match(plan.explanation, /gets 0\.33 CPUs by a quota\./)
})

test('a target that is not ours cannot be put under a quota', () => {
  const foreign = { ...OURS, targetIsOurs: false, quotaCpus: 1 }
  assert.throws(() => planPlacement(hostWith([0, 1]), 'quota', foreign), UsageError)
})

test('on one CPU a quota bounds the target without pinning anything', () => {
  const { explanation, ...plan } = planPlacement(hostWith([5]), 'quota', { ...OURS, quotaCpus: 0.5 })
  assert.match(explanation, /0\.5 CPUs by a quota.*upper bound/)
  assert.deepEqual(plan, {
    mode: 'quota',
    targetCpus: [],
    generatorCpus: [],
    targetEffectiveCpus: 0.5,
    generatorMaySpin: false,
  })
})

test('a split uses every allowed CPU exactly once and leaves no side without one', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(255), { minLength: 2, maxLength: 128 }), fc.boolean(), (numbers, simulators) => {
      const affinity = numbers.toSorted((a, b) => a - b)
      const plan = planPlacement(hostWith(affinity), 'auto', { ...OURS, simulators })
      assert.deepEqual([...plan.targetCpus, ...plan.generatorCpus], affinity)
      assert.ok(plan.targetCpus.length > 0 && plan.generatorCpus.length > 0)
    }),
  )
})
