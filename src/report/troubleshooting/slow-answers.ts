import { formatFraction, formatMs, formatRate } from '../format.ts'
import { BUSY_FRACTION, busiestLoop, cpuShare, slowAnswers } from './observed.ts'
import type { VisibleSymptom } from './symptom.ts'

/** Answers fall behind arrivals when less than this share of them is completed. */
const KEPT_UP = 0.95
/** Of the phase. */
const THROTTLED_FRACTION = 0.05

const DISTURBANCES: Readonly<Record<string, string>> = {
  'cpu-steal': 'the hypervisor took CPU time',
  'cpu-throttled': 'the quota of this container stopped it',
  'busy-neighbour': 'other processes took CPU time',
  'target-starved': 'the target had to wait for a CPU',
}

/** Slow answers because of the machine and of the work; what is outside of the service first. */
export const SLOW_ANSWERS: readonly VisibleSymptom[] = [
  {
    id: 'disturbed-machine',
    title: 'Slow while others use the CPU',
    sign: 'slow, and validity names steal, a neighbour, a throttled container or a starved target',
    cause: 'The machine had no CPU time for the server: another process, another virtual machine or a quota took it.',
    check: 'The reasons under the verdict on validity say who it was; tune doctor shows limits and load before a run.',
    commands: ['npx tune doctor', 'top'],
    change: 'Stop what runs beside it, or measure on a machine of its own. No setting of the service helps.',
    remedy: 'a quiet machine; see tune doctor',
    seenIn: (run, report) => {
      const slow = slowAnswers(run, report)
      const disturbance = run.validity.reasons.flatMap(({ code }) => DISTURBANCES[code] ?? [])[0]
      return slow === null || disturbance === undefined ? null : `${slow.text}, and ${disturbance}`
    },
  },
  {
    id: 'cpu-quota',
    title: 'Slow under a CPU quota',
    sign: 'slow, and its quota stopped the target for more than 5 % of the time (--placement quota)',
    cause:
      'A quota is handed out in periods of 100 ms. More runnable threads than CPUs use it up early, and then all of them stand still until the next period.',
    check: 'The line on throttling below the throughput, and the CPUs that the target used.',
    commands: ['npx tune bench --placement quota --cpus 1', 'npx tune doctor'],
    change: 'Raise the CPU limit of the container, or run fewer threads in it: WEB_CONCURRENCY and CPU_THREADS down.',
    remedy: 'CPU limit up, or WEB_CONCURRENCY down',
    seenIn: (run, report) => {
      const slow = slowAnswers(run, report)
      const stoppedMs = run.interference?.targetThrottledMs ?? 0
      if (slow === null || stoppedMs < THROTTLED_FRACTION * run.durationMs) return null
      return `${slow.text}, and its quota stopped it for ${formatMs(stoppedMs)}`
    },
  },
  {
    id: 'overload',
    title: 'More load than it can carry',
    sign: 'in an open phase less than 95 % of the offered requests were completed, and the generator was not too late itself',
    cause: 'Requests arrive faster than they can be served, so that each waits longer than the one before it.',
    check:
      'The throughput of the closed phase is the capacity; plan with 80 % of it. What binds it stands in the advice on WEB_CONCURRENCY.',
    commands: ['npx tune bench', 'npx tune recommend --from report.json --target-rate 5000/s'],
    change:
      'More machines behind a balancer, more CPUs, or less work per request. Until then a bounded queue keeps the answers it gives fast: QUEUE_ENABLED, QUEUE_SIZE, PRESSURE_MAX_LOOP.',
    remedy: 'more CPUs or machines, or less work',
    seenIn: ({ workload, throughputPerS, offeredPerS, validity }) => {
      const isOfGenerator = validity.reasons.some(
        ({ code, severity }) => severity === 'invalid' && code.startsWith('generator-'),
      )
      if (workload.kind !== 'open' || isOfGenerator || throughputPerS >= KEPT_UP * offeredPerS) return null
      return `${formatRate(throughputPerS)} completed of ${formatRate(offeredPerS)} offered`
    },
  },
  {
    id: 'cpu-full',
    title: 'Slow with all CPUs busy',
    sign: 'slow, and the target used 80 % of its CPUs or more',
    cause: 'A request costs so much CPU time that the CPUs are full; more workers would only share them.',
    check:
      'CPU per request, and which route has it. What is built anew for each request, such as clients, indexes and templates, can be built once at the start.',
    commands: ['npx tune bench -c 1 -d 10s', "npx tune bench --cmd 'node --cpu-prof app.js' --port 3000"],
    change:
      'Less work per request, a cache (CACHE_ENABLED, a longer CACHE_TTL), a lower COMPRESSION_LEVEL; then more CPUs or machines. WEB_CONCURRENCY as advised.',
    remedy: 'CACHE_TTL up, less work, or more CPUs',
    seenIn: (run, report) => {
      const slow = slowAnswers(run, report)
      const share = cpuShare(run, report) ?? 0
      return slow === null || share < BUSY_FRACTION ? null : `${slow.text} with the CPUs ${formatFraction(share)} busy`
    },
  },
  {
    id: 'loop-full',
    title: 'Slow with a busy event loop and free CPUs',
    sign: 'slow, the event loop of a worker was busy 80 % of the time or more, and CPUs were free',
    cause:
      'Synchronous work, a computation or a blocking call, holds the event loop, and every other request of that worker waits behind it.',
    check:
      'Busy-loop time per request beside CPU per request; the share of each worker, because long-lived connections may all be with one.',
    commands: ['npx tune bench', 'npx tune bench locust-search --set CPU_THREADS=1'],
    change:
      'More workers (WEB_CONCURRENCY), or the work in threads of its own: CPU_THREADS for searches, an asynchronous call or a thread pool in your own code.',
    remedy: 'WEB_CONCURRENCY or CPU_THREADS up',
    seenIn: (run, report) => {
      const slow = slowAnswers(run, report)
      const busy = busiestLoop(run) ?? 0
      if (slow === null || busy < BUSY_FRACTION || (cpuShare(run, report) ?? 0) >= BUSY_FRACTION) return null
      return `${slow.text} with an event loop ${formatFraction(busy)} busy`
    },
  },
]
