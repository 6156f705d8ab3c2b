import assert from 'node:assert/strict'
import { test } from 'node:test'

import { renderWhatIf } from '../../src/report/what-if-text.ts'
import { whatIf, type WhatIfAnswer } from '../../src/sizing/what-if/what-if.ts'
import type { WhatIfTarget } from '../../src/sizing/what-if/what-if-evidence.ts'
import { EXAMPLE, MIB } from '../sizing/sizing-input-example.ts'

const EVIDENCE = { input: EXAMPLE, objective: null, growth: null, doubts: [] }

function text(
  target: Partial<WhatIfTarget>,
  { width = 110, unicode = true, source = 'report.json' } = {},
  changes: Partial<WhatIfAnswer> = {},
): string {
  const whole = { cpus: 8, memoryBytes: 32_768 * MIB, ratePerS: 5_000, ...target }
  const answer = whatIf(EVIDENCE, whole)
  assert.ok(answer.outcome === 'answered')
  return renderWhatIf(
    { ...answer, ...changes },
    { source, measured: EXAMPLE, target: whole },
    { width, color: false, unicode },
  )
}

test('a what-if shows machine, workers, capacity and machines with their bounds, and every limit', () => {
  const shown = text({})
  assert.match(shown, /What if: machines of 8 CPUs and 32 GiB, 5,000\/s in all/)
  assert.match(
    shown,
    /2\.00 ms of CPU and 2\.00 ms of event loop per request, 950\/s at full load with 2 workers on 2 CPUs/,
  )
  assert.match(shown, /workers per machine +8 +bound by cpu; memory holds \d+/)
  assert.match(shown, /capacity per machine +3,078\/s +2,493\/s +3,800\/s +81% of linear growth \(rule\)/)
  assert.match(shown, /planned per machine +2,462\/s .*80% of the capacity \(headroom, a rule\)/)
  assert.match(shown, /machines +3 +2 +3 +each 54\.1% full/)
  assert.match(shown, /low confidence +measured on 2 of 8 CPUs; carried over to more than twice the CPUs/)
  assert.match(shown, /- +Measured on 2 CPUs, carried over to 8 CPUs/)
})

test('without a rate no number of machines is shown', () => {
  assert.doesNotMatch(text({ ratePerS: null }), /^ +machines/m)
})

test('without a plan the load of a machine is a dash with its reason', () => {
  assert.match(text({}, {}, { plan: null }), /planned per machine +– +the latency objective was missed/)
})

test('no line is wider than the terminal, ASCII has no other signs, and names from a file cannot command it', () => {
  const shown = text({}, { width: 60, unicode: false, source: 'evil\u001B[2Jname.json' })
  for (const line of shown.split('\n')) assert.ok(line.length <= 60, line)
  assert.match(shown, /^[\n -~]*$/)
  assert.match(shown, /evilname\.json/)
})
