import type { Milliseconds } from '../../core/clock.ts'
import type { Run, TimelineEntry } from '../../core/report.ts'
import { serverSeconds } from './observed.ts'

type UpstreamSecond = NonNullable<TimelineEntry['server']>['upstreams'][number]

/** One upstream over a run; counts of seconds are of those in which the server told. */
export interface ObservedUpstream {
  readonly name: string
  readonly seconds: number
  readonly calls: number
  readonly failures: number
  /** Seconds at whose end the circuit of some worker was open. */
  readonly openSeconds: number
  /** Seconds at whose end calls waited for a connection. */
  readonly pendingSeconds: number
  /** How long a call held its connection on average; null without calls. */
  readonly meanHoldMs: Milliseconds | null
}

/** The upstreams of the bundled server; none of other targets. */
export function observedUpstreams(run: Run): readonly ObservedUpstream[] {
  const seen = serverSeconds(run).flatMap(({ upstreams }) => upstreams)
  return [...Map.groupBy(seen, ({ name }) => name)].map(([name, seconds]) => {
    const sum = (figure: 'calls' | 'failures' | 'poolRunning'): number =>
      seconds.reduce((total, second) => total + second[figure], 0)
    const calls = sum('calls')
    return {
      name,
      seconds: seconds.length,
      calls,
      failures: sum('failures'),
      openSeconds: seconds.filter(({ breaker }) => breaker === 'open').length,
      pendingSeconds: seconds.filter(({ poolPending }) => poolPending > 0).length,
      meanHoldMs: calls === 0 ? null : heldMs(seconds) / calls,
    }
  })
}

/** Time that calls held connections, together. Reports that do not tell it tell how many were held at the end of each second. */
function heldMs(seconds: readonly UpstreamSecond[]): Milliseconds {
  return seconds.reduce((total, { holdMs, poolRunning }) => total + (holdMs ?? 1_000 * poolRunning), 0)
}
