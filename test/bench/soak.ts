import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import type { GeneratorResult } from '../../src/core/generator-messages.ts'
import { startGenerators } from '../../src/load/generators.ts'
import type { Generator } from '../../src/load/generators.ts'
import { planFor } from '../support/plans.ts'
import { judgeLeftovers, judgeMemory, usedBytes } from './support/judge-soak.ts'
import type { SoakVerdict } from './support/judge-soak.ts'
import type { ResidentParts } from './support/resident-parts.ts'
import type { SoakReading } from './support/soak-messages.ts'
import { GIVEN_UP, soakRequests } from './support/soak-requests.ts'
import { startSoakTarget } from './support/soak-target.ts'
import type { SoakTarget } from './support/soak-target.ts'

/**
 * `npm run bench:soak`: an hour of traffic as fast as it goes, to see whether the server holds on to anything: 2 million requests of
 * all kinds to one worker with everything switched on. What is in use after a collection may not differ by more than 5 % from the
 * first quarter on, and at rest there may be no more handles, timers, files and listeners than at the start. `--requests` for a
 * shorter run, at least 40,000. Two CPUs need about 25 minutes for all.
 */
const DEFAULT_REQUESTS = '2000000'
const LEAST_REQUESTS = 40_000
const ROUNDS = 20
/** From then on nothing grows any more: caches are full, code is compiled. */
const WARM_FRACTION = 0.25
const CONNECTIONS = 64
/** Enough for every kind of request to have been there. */
const FIRST_REQUESTS = 5_000
const GIVE_UP_MS = 2_000
const ROUND_LIMIT_MS = 1_200_000
/** The server is at rest when nothing has gone for longer than its idle connections stay open (5 s). */
const REST_MS = 8_000
const LONGEST_WAY_TO_REST_MS = 60_000
const LEAST_GOOD = 0.99
const BYTES_PER_MB = 1_000_000

const { values } = parseArgs({ options: { requests: { type: 'string', default: DEFAULT_REQUESTS } } })
const requests = Number(values.requests)
if (!Number.isInteger(requests) || requests < LEAST_REQUESTS)
  throw new RangeError(`--requests must be a whole number of at least ${LEAST_REQUESTS}, got ${values.requests}`)

const target = await startSoakTarget()
let generator: Generator | undefined
try {
  generator = await startGenerators({ cpus: [] })
  const verdicts = await soak(target, generator)
  await generator.close()
  verdicts.push({ claim: 'after draining the process ends by itself', held: await target.end() })
  for (const { claim, held } of verdicts) console.log(`${held ? 'held  ' : 'MISSED'} ${claim}`)
  process.exitCode = verdicts.every(({ held }) => held) ? 0 : 1
} finally {
  await generator?.close()
  await target.close()
}

async function soak({ url, read }: SoakTarget, load: Generator): Promise<SoakVerdict[]> {
  const send = (round: number, count: number): Promise<GeneratorResult> => {
    const plan = planFor(url, {
      requests: soakRequests(round),
      workload: { kind: 'closed', connections: CONNECTIONS, maxRequests: count },
      durationMs: ROUND_LIMIT_MS,
      timeoutMs: GIVE_UP_MS,
      drainMs: GIVE_UP_MS,
    })
    return load.runPhase(plan, { onSnapshot: () => undefined })
  }
  await send(0, FIRST_REQUESTS)
  const atStart = await atRest(read)
  console.log(
    'requests   1/s   heap  external  heap + external      RSS  = malloc + other anonymous + files (MB after a collection)  listeners of a connection',
  )
  const perRound = Math.ceil(requests / ROUNDS)
  const warm: SoakReading[] = []
  const faults: Record<string, number> = {}
  let [sent, right] = [0, 0]
  let socketListeners: number | undefined
  let mostListeners = 0
  for (let round = 1; round <= ROUNDS; round++) {
    const result = await send(round, perRound)
    const reading = await read()
    sent += result.counts.sent
    right += rightAnswers(result)
    for (const [code, count] of Object.entries(result.errors)) faults[code] = (faults[code] ?? 0) + count
    if (round >= ROUNDS * WARM_FRACTION) warm.push(reading)
    socketListeners ??= reading.socketListeners
    mostListeners = Math.max(mostListeners, reading.socketListeners)
    console.log(rowOf(sent, result, reading))
  }
  const atEnd = await atRest(read)
  console.log(`${sent} requests, ${right} of them as expected, errors of connections: ${JSON.stringify(faults)}`)
  console.log(`at the end: ${JSON.stringify(atEnd.stats)}`)
  console.log(residentGrowth(warm))
  return [
    judgeMemory(warm),
    ...judgeLeftovers(atStart, atEnd),
    {
      claim: `listeners of a connection under load: ${mostListeners} at most, ${socketListeners} in the first round`,
      held: mostListeners <= Number(socketListeners),
    },
    { claim: `warnings of Node: ${atEnd.warnings.join('; ') || 'none'}`, held: atEnd.warnings.length === 0 },
    {
      claim: `${((100 * right) / sent).toFixed(2)} % as expected`,
      held: sent >= requests && right >= LEAST_GOOD * sent,
    },
  ]
}

/** Good answers, and requests that were given up as they were to be. */
function rightAnswers({ routes }: GeneratorResult): number {
  return routes.reduce((sum, { name, counts }) => sum + counts.good + (name === GIVEN_UP ? counts.timedOut : 0), 0)
}

/** Waits until nothing has gone for some seconds. */
async function atRest(read: SoakTarget['read']): Promise<SoakReading> {
  let reading = await read()
  let sinceMs = performance.now()
  const endMs = sinceMs + LONGEST_WAY_TO_REST_MS
  while (performance.now() - sinceMs < REST_MS && performance.now() < endMs) {
    await sleep(1_000)
    const next = await read()
    if (JSON.stringify(next.resources) !== JSON.stringify(reading.resources)) sinceMs = performance.now()
    reading = next
  }
  return reading
}

/**
 * A fact and no verdict: allocators give memory that was used in a peak back late or never, so that RSS rises in steps at peaks
 * and then stays. What is held on to shows in heap and external memory, and, of native code, in steady growth of malloc.
 */
function residentGrowth(warm: readonly SoakReading[]): string {
  const [first, last] = [warm[0], warm.at(-1)]
  if (first?.resident == null || last?.resident == null) return 'of what RSS consists this system does not tell'
  const grown = (part: keyof ResidentParts): string =>
    inMb((last.resident?.[part] ?? 0) - (first.resident?.[part] ?? 0), 0)
  const used = inMb(usedBytes(last) - usedBytes(first), 0)
  const all = inMb(last.rssBytes - first.rssBytes, 0)
  return `RSS since the first of the last ${warm.length} readings: ${all} MB, of it malloc ${grown('mallocBytes')}, other anonymous ${grown('otherAnonymousBytes')}, files ${grown('fileBytes')}; in use: ${used} MB`
}

function rowOf(sent: number, { counts, totalMs }: GeneratorResult, reading: SoakReading): string {
  const { heapBytes, externalBytes, rssBytes, resident, socketListeners } = reading
  const perS = Math.round((counts.sent / totalMs) * 1_000)
  return [
    String(sent).padStart(8),
    String(perS).padStart(6),
    inMb(heapBytes, 7),
    inMb(externalBytes, 10),
    inMb(usedBytes(reading), 17),
    inMb(rssBytes, 9),
    inMb(resident?.mallocBytes ?? Number.NaN, 10),
    inMb(resident?.otherAnonymousBytes ?? Number.NaN, 18),
    inMb(resident?.fileBytes ?? Number.NaN, 8),
    String(socketListeners).padStart(54),
  ].join('')
}

function inMb(bytes: number, width: number): string {
  return (bytes / BYTES_PER_MB).toFixed(1).padStart(width)
}
