import type { Milliseconds } from '../../../src/core/clock.ts'
import { messageOf } from '../../../src/core/errors.ts'
import type { Run } from '../../../src/core/report.ts'
import { startOracle } from './oracle.ts'
import { delaysOf, type OracleLaw, sampleQuantile, stalledResponseTimes } from './oracle-laws.ts'
import { installedPeers, type PeerFigures } from './peers.ts'
import { loadOf, MEASURED_S, stallAt, type TruthCase } from './truth-cases.ts'

/** A multiple of every period of the laws. */
const WHOLE_PERIODS = 10_000
const STALL_AFTER_S = 2
/** Short: there are many tools. A stall takes as long as in tune's run, or its quantiles would be others. */
const PEER_S = 2
/** What a rate at which one request follows the other needs when one takes 100 ms, with room. */
const RATE_CONNECTIONS = 20

/** The cases on which the tools differ: closed loops of short, rare-slow and random answers; a rate; a rate with a stall. */
function isForPeers({ name, kind, ratePerS }: TruthCase): boolean {
  return kind === 'closed'
    ? ratePerS > 1_000 && /^(fixed 1 ms|99 %|exponential)/.test(name)
    : ratePerS === 100 && /^(fixed 100|one stall)/.test(name)
}

/**
 * Prints what every installed tool reports on a few of the cases, beside the truth; nothing here is judged.
 *
 * @param measured what tune has reported on all cases
 */
export async function comparePeers(
  measured: readonly { readonly truthCase: TruthCase; readonly run: Run }[],
  cpus: { readonly server: number; readonly generator: number },
): Promise<void> {
  console.log('\nwhat other tools report, ms; tune was warmed up for 2 s, they are not')
  console.log(`${'case'.padEnd(34)}${'tool'.padEnd(18)}${'p50'.padStart(9)}${'p95'.padStart(9)}${'p99'.padStart(9)}`)
  for (const { truthCase, run } of measured.filter((each) => isForPeers(each.truthCase))) {
    const label = `${truthCase.name}, ${loadOf(truthCase)}`
    printFigures(label, 'truth', truthOf(truthCase))
    const { p50Ms, p95Ms, p99Ms } = run.responseTime
    printFigures('', 'tune', { p50Ms: p50Ms ?? undefined, p95Ms: p95Ms ?? undefined, p99Ms: p99Ms ?? undefined })
    const isOpen = truthCase.kind === 'open'
    for (const peer of installedPeers()) {
      const oracle = await startOracle(lawForPeers(truthCase), [cpus.server])
      try {
        const connections = isOpen ? RATE_CONNECTIONS : truthCase.connections
        const ratePerS = isOpen && peer.hasRate ? truthCase.ratePerS : undefined
        const load = {
          url: oracle.url,
          connections,
          ratePerS,
          seconds: truthCase.law.kind === 'stall' ? MEASURED_S : PEER_S,
        }
        const name = `${peer.name}${isOpen && !peer.hasRate ? ' (no rate)' : ''}`
        const said = await peer.measure(load, cpus.generator).catch((error: unknown) => messageOf(error))
        if (typeof said === 'string')
          console.log(`${''.padEnd(34)}${name.padEnd(18)}  no result: ${said.split('\n')[0]}`)
        else printFigures('', name, said)
      } finally {
        await oracle.close()
      }
    }
  }
}

/** Tools without a rate send at their own speed; the stall comes all the same, after as many requests. */
function lawForPeers({ law, ratePerS }: TruthCase): OracleLaw {
  return law.kind === 'stall' ? stallAt(ratePerS * STALL_AFTER_S) : law
}

function truthOf({ law, ratePerS }: TruthCase): PeerFigures {
  const delayOf = delaysOf(law)
  const samples =
    law.kind === 'stall'
      ? stalledResponseTimes({
          delayMs: law.delayMs,
          stallMs: law.forMs,
          gapMs: 1_000 / ratePerS,
          count: ratePerS * MEASURED_S,
        })
      : Array.from({ length: WHOLE_PERIODS }, (_, request) => delayOf(request))
  return {
    p50Ms: sampleQuantile(samples, 0.5),
    p95Ms: sampleQuantile(samples, 0.95),
    p99Ms: sampleQuantile(samples, 0.99),
  }
}

function printFigures(label: string, tool: string, { p50Ms, p95Ms, p99Ms }: PeerFigures): void {
  console.log(`${label.padEnd(34)}${tool.padEnd(18)}${[p50Ms, p95Ms, p99Ms].map(column).join('')}`)
}

function column(valueMs: Milliseconds | undefined): string {
  return (valueMs === undefined ? '—' : valueMs.toFixed(2)).padStart(9)
}
