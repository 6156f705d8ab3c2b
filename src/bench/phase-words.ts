import type { OpenPhase, ScenarioPhase } from '../core/scenario.ts'
import type { RateExpression } from '../core/scenario-values.ts'
import { faultWords } from './fault-words.ts'

/** A phase in words, before anything has run: `steady: open, 60 % of saturate, poisson, 8 s`. */
export function describePhase(phase: ScenarioPhase): string {
  const measured = phase.measured ? '' : ' (not reported)'
  return `${phase.name}: ${loadOf(phase)}, ${seconds(phase.duration)}${measured}`
}

/** A planned fault in words: `breaker: primary never answers, from 5 s to 10 s`. */
export function describeFault(phase: string, fault: NonNullable<ScenarioPhase['faults']>[number]): string {
  const { upstream, from, to, flapping, ...wrong } = fault
  return `${phase}: ${upstream} ${faultWords({ ...wrong, flappingMs: flapping })}, from ${seconds(from)} to ${seconds(to)}`
}

function loadOf(phase: ScenarioPhase): string {
  switch (phase.kind) {
    case 'closed': {
      const most = phase.requests === undefined ? '' : `, at most ${phase.requests} requests`
      return `closed, ${phase.connections} connection${phase.connections === 1 ? '' : 's'}${most}`
    }
    case 'open': {
      const over = phase.connections === undefined ? '' : ` over ${phase.connections} connections`
      return `open, ${courseOf(phase)}, ${phase.arrivals}${over}`
    }
    case 'users': {
      const { fromMs, toMs } = phase.think ?? { fromMs: 0, toMs: 0 }
      const range = fromMs === toMs ? seconds(fromMs) : `${fromMs / 1_000} to ${seconds(toMs)}`
      return `${phase.users} users, ${phase.spawnRate} more each second${toMs === 0 ? '' : `, thinking ${range}`}`
    }
  }
}

function courseOf({ rate, duration }: OpenPhase): string {
  switch (rate.kind) {
    case 'absolute':
    case 'share':
      return rateOf(rate)
    case 'ramp':
      return `from ${rateOf(rate.from)} to ${rateOf(rate.to)}`
    case 'steps':
      return `${rate.steps.map(rateOf).join(', ')} for ${seconds(duration / rate.steps.length)} each`
    case 'spikes': {
      const spikes = rate.spikes.map((one) => `${rateOf(one.rate)} at ${seconds(one.atMs)} for ${seconds(one.forMs)}`)
      return `${rateOf(rate.base)} with ${spikes.join(', ')}`
    }
  }
}

function rateOf(rate: RateExpression): string {
  return rate.kind === 'share' ? `${percent(rate.fraction)} of ${rate.phase}` : `${rate.ratePerS}/s`
}

function percent(fraction: number): string {
  return `${Number((fraction * 100).toFixed(2))} %`
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(3))} s`
}
