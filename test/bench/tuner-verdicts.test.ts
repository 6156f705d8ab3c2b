import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { ChoiceRecord } from './support/tuner-records.ts'
import { choiceLines, gridLines } from './support/tuner-table.ts'
import { type CaseResults, judgeBars, judgeCase } from './support/tuner-verdicts.ts'

const BOOTS = [1, 2, 3, 4, 5]

function choice(workers: number, changes: Partial<ChoiceRecord> = {}): ChoiceRecord {
  return {
    part: 'choice',
    effort: 'standard',
    workers,
    probes: 6,
    tookMs: 100_000,
    outcome: 'equivalent',
    ratio: 1,
    ...changes,
  }
}

/** One CPU per request-millisecond: 100/s with one worker, 200/s with two, 192/s with four, 150/s with what other rules say. */
function results(changes: Partial<CaseResults> = {}): CaseResults {
  const perS = { 1: 100, 2: 200, 4: 192, 5: 150, 16: 150 }
  return {
    name: 'cpu',
    cpus: 2,
    memoryLimitBytes: 8 * 2 ** 30,
    cells: Object.entries(perS).flatMap(([workers, goodputPerS]) =>
      BOOTS.map((replicate) => ({ replicate, workers: Number(workers), goodputPerS })),
    ),
    generatorCpus: 0.02,
    choice: choice(2),
    quickChoices: Array.from({ length: 10 }, () => choice(2, { effort: 'quick' })),
    extrapolations: null,
    ...changes,
  }
}

/** Whether the bar whose claim holds the words has held. */
function held(words: string, all: readonly CaseResults[]): boolean {
  const bars = judgeBars(all.map(judgeCase)).filter(({ claim }) => claim.includes(words))
  assert.equal(bars.length, 1, `one bar about ${words}`)
  return bars[0]?.held === true
}

test('a search that finds the best everywhere holds every bar', () => {
  const bars = judgeBars([results(), results(), results()].map(judgeCase))
  assert.deepEqual(
    bars.filter((bar) => !bar.held),
    [],
  )
})

test('the mean of what choices lose may be 2 %, the worst 5 %', () => {
  const good = Array.from({ length: 9 }, () => results())
  const bad = results({ choice: choice(4) }) // 192 of 200: 4 %
  const worse = results({ choice: choice(5) }) // 150 of 200: 25 %
  assert.equal(held('worst regret', [...good, bad]), true)
  assert.equal(held('mean regret', [...good, bad]), true)
  assert.equal(held('worst regret', [...good, worse]), false)
  assert.equal(held('mean regret', [...good, worse]), false, '2.5 %')
  assert.equal(held('mean regret', [...good, ...good, worse]), true, '1.3 %')
})

test('a search that takes more than ten probes or four minutes misses that', () => {
  assert.equal(held('probes', [results(), results({ choice: choice(2, { probes: 11 }) })]), false)
  assert.equal(held('time', [results(), results({ choice: choice(2, { tookMs: 241_000 }) })]), false)
})

test('harm is a choice worse than one worker per CPU by more than 3 %, or one that its own verification calls worse', () => {
  assert.equal(held('worse than the default', [results({ choice: choice(4) })]), false)
  assert.equal(held('worse than the default', [results({ choice: choice(2, { outcome: 'worse' }) })]), false)
})

test('quick searches count when there are ten of each of three cases, and none is more than 3 % off', () => {
  const off = results({ quickChoices: [...results().quickChoices.slice(1), choice(4, { effort: 'quick' })] })
  assert.equal(held('quick', [results(), results(), off]), false)
  assert.equal(held('quick', [results(), results()]), false)
})

test('what one CPU lets expect of two may be 10 % off in the mean', () => {
  const pair = (modelledPerS: number, generatorCpus = 0.01) => ({
    part: 'extrapolate' as const,
    seconds: 10,
    modelledPerS,
    measuredPerS: 100,
    generatorCpus,
    validity: 'valid' as const,
  })
  assert.equal(held('one CPU', [results({ extrapolations: [pair(85), pair(97)] })]), true)
  assert.equal(held('one CPU', [results({ extrapolations: [pair(85), pair(93)] })]), false)
  assert.equal(held('one CPU', [results({ extrapolations: [pair(100), pair(100, 0.05)] })]), false, 'busy generator')
  assert.equal(held('one CPU', [results({ extrapolations: [] })]), false)
})

test('nothing measured holds no bar', () => {
  const empty = results({ cells: [], choice: null, quickChoices: [] })
  assert.ok(judgeBars([judgeCase(empty)]).every((bar) => !bar.held))
  assert.ok(judgeBars([]).every((bar) => !bar.held))
})

test('the tables show the goodput of each number of workers, and what each choice loses', () => {
  const verdicts = [judgeCase(results({ choice: choice(4) })), judgeCase(results({ cells: [], choice: null }))]
  assert.deepEqual(
    gridLines(verdicts).map((line) => line.replaceAll(/ +/g, ' ')),
    ['cpu 2 CPUs, generator 2.0 % of one 1: 100 2: 200* 4: 192 5: 150 16: 150', 'cpu not measured'],
  )
  assert.deepEqual(
    choiceLines(verdicts).map((line) => line.replaceAll(/ +/g, ' ').trim()),
    [
      'tune probes time of default 2C+1 C 2C mem/512MB grid once',
      'cpu 4 (4.0 %) 6 100 s 0.960 5 (25.0 %) 2 (0.0 %) 4 (4.0 %) 16 (25.0 %) 2 (0.0 %)',
      'cpu - - - - 5 (-) 2 (-) 4 (-) 16 (-) -',
    ],
  )
})
