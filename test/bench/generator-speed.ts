import type { Run } from '../../src/core/report.ts'
import { latenessQuantile } from '../../src/host/hiccups.ts'
import { median } from '../../src/stats/percentile.ts'
import { benchCpus } from './support/bench-cpus.ts'
import { autocannonPerS, tunePerS } from './support/closed-loop-rivals.ts'
import { watchIdleCpu } from './support/idle-cpu.ts'
import { measuredRun } from './support/measured-run.ts'
import { startPlainTarget } from './support/plain-target.ts'

/**
 * `npm run bench:generator`: what the generator can do on one core. Closed loop: tune with three weighted routes and its checks
 * against autocannon with neither, order ABBA. Open loop: whether what was asked for is sent, and on time.
 */
const ROUNDS = 3
const RATIO_BAR = 0.95
/** A server that was busier than this in any second may itself be what limits both sides. */
const SERVER_BUSY = 0.95

const RATES_PER_S = [1, 10, 100, 1_000, 5_000, 10_000, 20_000, 30_000]
const OPEN_S = 5
/** Of each rate; the median counts. */
const OPEN_RUNS = 3
/** A median of fewer says little. */
const MIN_ARRIVALS = 15
const SENT_BAR = 0.005
const LATE_P50_BAR_MS = 0.1
const LATE_P99_BAR_MS = 5
const PAUSES_BAR = 2
/** Some pauses come once a second. */
const IDLE_WATCH_MS = 3_000

const cpus = benchCpus()
let isRight = true

function note(isHeld: boolean, miss: string): string {
  isRight &&= isHeld
  return isHeld ? 'held' : `MISSED: ${miss}`
}

async function closedLoop(): Promise<void> {
  console.log('closed loop, 50 connections, one core: requests/s')
  const perS = { tune: [] as number[], autocannon: [] as number[] }
  const serverCpus: number[] = []
  const target = await startPlainTarget([cpus.server])
  try {
    const order = ['tune', 'autocannon', 'autocannon', 'tune'] as const
    for (const name of Array.from({ length: ROUNDS }, () => order).flat()) {
      const { result, busiestCpus } = await target.during(() =>
        name === 'tune' ? tunePerS(target.url) : autocannonPerS(target.url, cpus.generator),
      )
      perS[name].push(result)
      serverCpus.push(busiestCpus)
      console.log(
        `  ${name.padEnd(12)}${result.toFixed(0).padStart(8)}   server busy ${(busiestCpus * 100).toFixed(0)} %`,
      )
    }
  } finally {
    await target.close()
  }
  for (const [name, values] of Object.entries(perS)) {
    console.log(
      `  ${name.padEnd(12)}median ${median(values).toFixed(0)}, ${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`,
    )
  }
  const ratio = median(perS.tune) / median(perS.autocannon)
  const isServerSlower = Math.max(...serverCpus) > SERVER_BUSY
  if (isServerSlower) console.log('  the server was as busy as it can be: it may have been what limited both')
  console.log(
    `  tune with routes and checks / autocannon without: ${ratio.toFixed(3)}, wanted ${RATIO_BAR} or more   ${note(ratio >= RATIO_BAR && !isServerSlower, isServerSlower ? 'no comparison' : 'slower')}`,
  )
}

async function openLoop(): Promise<void> {
  console.log(
    `\nopen loop, ${OPEN_RUNS} runs of ${OPEN_S} s and ${MIN_ARRIVALS} arrivals at least, one core: sent as asked (worst), how late (median and range, ms)`,
  )
  console.log(
    `${'asked/s'.padStart(9)}${'asked'.padStart(9)}${'sent'.padStart(9)}${'late p50'.padStart(10)}${'late p99'.padStart(10)}${'range'.padStart(16)}${'allowed'.padStart(9)}${'idle p99'.padStart(10)}`,
  )
  const watch = await watchIdleCpu(cpus.generator)
  const target = await startPlainTarget([cpus.server])
  try {
    for (const ratePerS of RATES_PER_S) {
      const seconds = Math.max(OPEN_S, MIN_ARRIVALS / ratePerS)
      const { pausesMs, elapsedMs } = await watch.pauses(IDLE_WATCH_MS)
      const idleP99Ms = latenessQuantile(pausesMs, elapsedMs, 0.99)
      const runs: Run[] = []
      for (let run = 0; run < OPEN_RUNS; run++) {
        runs.push(await measuredRun(['--url', target.url, '-r', String(ratePerS), '-d', `${seconds}s`]))
      }
      const asked = ratePerS * seconds
      const sent = runs
        .map(({ requests }) => requests.sent)
        .reduce((worst, next) => (Math.abs(next - asked) > Math.abs(worst - asked) ? next : worst))
      const lateP50Ms = median(runs.map(({ generator }) => generator.lateP50Ms ?? Number.NaN))
      const allP99Ms = runs.map(({ generator }) => generator.lateP99Ms ?? Number.NaN)
      const lateP99Ms = median(allP99Ms)
      const allowedMs = Math.max(PAUSES_BAR * idleP99Ms, LATE_P99_BAR_MS)
      const misses = [
        ...(Math.abs(sent - asked) <= Math.max(1, SENT_BAR * asked) ? [] : ['sent']),
        ...(lateP50Ms < LATE_P50_BAR_MS ? [] : ['late p50']),
        ...(lateP99Ms <= allowedMs ? [] : ['late p99']),
      ]
      console.log(
        `${String(ratePerS).padStart(9)}${String(asked).padStart(9)}${String(sent).padStart(9)}${lateP50Ms.toFixed(3).padStart(10)}${lateP99Ms.toFixed(3).padStart(10)}${`${Math.min(...allP99Ms).toFixed(2)} to ${Math.max(...allP99Ms).toFixed(2)}`.padStart(16)}${allowedMs.toFixed(2).padStart(9)}${idleP99Ms.toFixed(2).padStart(10)}   ${note(misses.length === 0, misses.join(', '))}`,
      )
    }
  } finally {
    await target.close()
    await watch.close()
  }
}

await closedLoop()
await openLoop()
process.exitCode = isRight ? 0 : 1
