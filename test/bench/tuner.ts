import { parseArgs } from 'node:util'

import { messageOf } from '../../src/core/errors.ts'
import { countsToMeasure, serverShare, type TunerCase, tunerCasesNamed } from './support/tuner-cases.ts'
import {
  type ChoiceRecord,
  type ExtrapolationRecord,
  type GridRecord,
  type TunerRecord,
  TunerRecords,
} from './support/tuner-records.ts'
import { choose, measureCell, measureExtrapolation } from './support/tuner-runs.ts'
import { choiceLines, gridLines } from './support/tuner-table.ts'
import { type CaseResults, judgeBars, judgeCase } from './support/tuner-verdicts.ts'

/**
 * `npm run bench:tuner`: whether `tune recommend` finds the best number of workers, on servers whose best number is known
 * from measuring all of them, and on some that nobody here wrote. Beside it what rules of thumb and a single grid would have
 * chosen. Takes hours; what has been measured is kept under reports/tuner/, and the next run goes on from there.
 *
 * `--part choice|grid|extrapolate|table` one of them (all, in this order), `--only CASE`, `--seconds N` of each boot (10),
 * `--boots N` of each number of workers (5), `--repeats N` quick searches of three cases (10), `--fresh` forget the results
 * of these parts and cases first.
 */
const { values } = parseArgs({
  options: {
    part: { type: 'string' },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '10' },
    boots: { type: 'string', default: '5' },
    repeats: { type: 'string', default: '10' },
    fresh: { type: 'boolean', default: false },
  },
})
const MEASURED_PARTS = ['choice', 'grid', 'extrapolate'] as const
type MeasuredPart = (typeof MEASURED_PARTS)[number]
/** An invalid boot is measured once more; the grid has a hole where that does not help. */
const ATTEMPTS = 2

const cases = tunerCasesNamed(values.only)
const parts = partsNamed(values.part)
const [seconds, boots, repeats] = [wholeNumber('seconds', 1), wholeNumber('boots', 1), wholeNumber('repeats', 0)]
let isComplete = true

function partsNamed(part: string | undefined): readonly MeasuredPart[] {
  if (part === undefined) return MEASURED_PARTS
  const named = MEASURED_PARTS.filter((known) => known === part)
  if (named.length > 0 || part === 'table') return named
  throw new RangeError(`--part must be one of ${MEASURED_PARTS.join(', ')}, table, got ${part}`)
}

function wholeNumber(name: 'seconds' | 'boots' | 'repeats', least: number): number {
  const number = Number(values[name])
  if (Number.isInteger(number) && number >= least) return number
  throw new RangeError(`--${name} must be a whole number of at least ${least}, got ${values[name]}`)
}

function recordsOf({ name }: TunerCase): TunerRecords {
  return new TunerRecords(new URL(`../../reports/tuner/${name}.ndjson`, import.meta.url).pathname)
}

function ofPart<Part extends MeasuredPart>(
  records: TunerRecords,
  part: Part,
): readonly Extract<TunerRecord, { part: Part }>[] {
  return records.all().filter((record): record is Extract<TunerRecord, { part: Part }> => record.part === part)
}

function choicesOf(records: TunerRecords, effort: ChoiceRecord['effort']): readonly ChoiceRecord[] {
  return ofPart(records, 'choice').filter((record) => record.effort === effort)
}

/** Those of boots that took as long. */
function cellsOf(records: TunerRecords): readonly GridRecord[] {
  return ofPart(records, 'grid').filter((record) => record.seconds === seconds)
}

function pairsOf(records: TunerRecords): readonly ExtrapolationRecord[] {
  return ofPart(records, 'extrapolate').filter((record) => record.seconds === seconds)
}

const measurePart: Readonly<Record<MeasuredPart, (tunerCase: TunerCase, records: TunerRecords) => Promise<void>>> = {
  choice: async (tunerCase, records) => {
    const wanted = { standard: 1, quick: tunerCase.isRepeated === true ? repeats : 0 }
    for (const effort of ['standard', 'quick'] as const) {
      while (choicesOf(records, effort).length < wanted[effort]) {
        const choice = await choose(tunerCase, effort)
        records.add(choice)
        const took = (choice.tookMs / 1_000).toFixed(0)
        say(tunerCase, `${effort} search: ${choice.workers} workers after ${choice.probes} probes, ${took} s`)
      }
    }
  },
  grid: async (tunerCase, records) => {
    const chosen = ofPart(records, 'choice').map(({ workers }) => workers)
    const counts = countsToMeasure(tunerCase, serverShare(tunerCase), chosen)
    for (let replicate = 1; replicate <= boots; replicate++) {
      // Up and down in turn: what drifts meets small and large counts alike.
      for (const workers of replicate % 2 === 1 ? counts : counts.toReversed()) {
        await fillCell(tunerCase, records, { replicate, workers, seconds })
      }
    }
  },
  extrapolate: async (tunerCase, records) => {
    if (tunerCase.extrapolates !== true) return
    const counting = (): number => pairsOf(records).filter(({ validity }) => validity !== 'invalid').length
    while (counting() < boots && pairsOf(records).length < ATTEMPTS * boots) {
      const pair = await measureExtrapolation(tunerCase, seconds)
      records.add(pair)
      say(
        tunerCase,
        `two CPUs: ${pair.modelledPerS.toFixed(0)}/s expected from one, ${pair.measuredPerS.toFixed(0)}/s measured, ${pair.validity}`,
      )
    }
  },
}

async function fillCell(
  tunerCase: TunerCase,
  records: TunerRecords,
  key: Parameters<typeof measureCell>[1],
): Promise<void> {
  const attempts = (): readonly GridRecord[] =>
    cellsOf(records).filter(({ replicate, workers }) => replicate === key.replicate && workers === key.workers)
  while (attempts().length < ATTEMPTS && !attempts().some(({ validity }) => validity !== 'invalid')) {
    const cell = await measureCell(tunerCase, key)
    records.add(cell)
    const result = cell.failure?.split('\n')[0] ?? `${cell.goodputPerS.toFixed(1)}/s, ${cell.validity}`
    say(tunerCase, `boot ${key.replicate} of ${boots} with ${key.workers} workers: ${result}`)
  }
}

function say({ name }: TunerCase, text: string): void {
  console.error(`${name}: ${text}`)
}

function resultsOf(tunerCase: TunerCase): CaseResults {
  const records = recordsOf(tunerCase)
  const cells = cellsOf(records).filter(({ validity, replicate }) => validity !== 'invalid' && replicate <= boots)
  const pairs = pairsOf(records).filter(({ validity }) => validity !== 'invalid')
  return {
    name: tunerCase.name,
    ...serverShare(tunerCase),
    cells,
    generatorCpus: Math.max(...cells.flatMap(({ generatorCpus }) => generatorCpus ?? [])),
    choice: choicesOf(records, 'standard').at(-1) ?? null,
    quickChoices: choicesOf(records, 'quick'),
    extrapolations: tunerCase.extrapolates === true ? pairs : null,
  }
}

for (const part of parts) {
  for (const tunerCase of cases) {
    const records = recordsOf(tunerCase)
    if (values.fresh) records.drop([part])
    try {
      await measurePart[part](tunerCase, records)
    } catch (error) {
      isComplete = false
      say(tunerCase, `${part} was not finished: ${messageOf(error)}`)
    }
  }
}
const verdicts = cases.map((tunerCase) => judgeCase(resultsOf(tunerCase)))
const bars = judgeBars(verdicts)
console.log('good answers per second over worker counts, means of all boots, * the highest')
for (const line of gridLines(verdicts)) console.log(line)
console.log('\nchosen workers, and in brackets what they lose to the best of the other boots')
for (const line of choiceLines(verdicts)) console.log(line)
console.log('')
for (const { claim, held } of bars) console.log(`${held ? 'held  ' : 'MISSED'} ${claim}`)
process.exitCode = isComplete && bars.every(({ held }) => held) ? 0 : 1
