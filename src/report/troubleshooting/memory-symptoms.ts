import { ALARM } from '../export/scale-out.ts'
import { formatBytes, formatFraction } from '../format.ts'
import { memoryGrowth, memoryShare } from './observed-memory.ts'
import type { VisibleSymptom } from './symptom.ts'

const FULL_FRACTION = ALARM.memoryPercent / 100

/** Memory that runs out, or will. */
export const MEMORY: readonly VisibleSymptom[] = [
  {
    id: 'memory-full',
    title: 'Memory nearly full',
    sign: 'at the end of a phase the target used 90 % of the memory or more',
    cause:
      'Too many workers, caches or queues that are too large, or answers that are held as a whole before they go out.',
    check:
      'Memory of each worker in the report (PSS); entries and bytes of the cache; the size of answers. What one more worker costs stands in the advice on WEB_CONCURRENCY.',
    commands: ['npx tune bench --json', 'npx tune recommend --check production.env'],
    change:
      'WEB_CONCURRENCY down; CACHE_MAX_BYTES, CACHE_MAX_SIZE or CACHE_TTL down; QUEUE_SIZE and MAX_REQUEST_SIZE down, because waiting requests hold their bodies; --max-old-space-size as advised. Pages and streams instead of large answers.',
    remedy: 'WEB_CONCURRENCY or CACHE_MAX_BYTES down',
    seenIn: (run, report) => {
      const share = memoryShare(run, report) ?? 0
      if (share < FULL_FRACTION) return null
      return `${formatFraction(share)} of ${formatBytes(report.host.memory.limitBytes)} memory used`
    },
  },
  {
    id: 'memory-growing',
    title: 'Memory that keeps growing',
    sign: 'in a phase of 30 s or more the workers grew by 10 % and 16 MiB from its second to its last quarter',
    cause:
      'A leak, in work beside the requests too; a cache without a bound; or a cache that is still filling up, which ends.',
    check:
      'Whether it ends: tune bench soak for ten minutes, memory over time in the HTML page. Heap snapshots before and after name what stays.',
    commands: [
      'npx tune bench soak -o report.html',
      "npx tune bench soak --cmd 'node --heapsnapshot-signal=SIGUSR2 app.js' --port 3000",
    ],
    change:
      'Repair the leak. Until then replace workers before they are too large: MAX_REQUESTS down, WORKER_MAX_MEMORY, WORKER_MAX_AGE. Build heavy objects once, not for each request.',
    remedy: 'WORKER_MAX_MEMORY, MAX_REQUESTS down',
    seenIn: (run) => {
      const growth = memoryGrowth(run)
      if (growth === null) return null
      const { fromBytes, toBytes } = growth
      return `workers grew from ${formatBytes(fromBytes)} to ${formatBytes(toBytes)} in the phase`
    },
  },
]
