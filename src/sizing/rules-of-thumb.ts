import type { RuleOfThumb } from '../core/recommendation.ts'
import { BYTES_PER_MEBIBYTE } from '../core/units.ts'
import type { SizingInput } from './sizing-input.ts'

/** Connections that the documents add to `workers × 2` for migrations and consoles: the middle of their 2 to 4. */
const POOL_OVERHEAD = 3

/** From here on the Heroku buildpack plans 2 GiB per process instead of 512 MiB. */
const HEROKU_LARGE_BYTES = 16_384 * BYTES_PER_MEBIBYTE

/** The most processes that the Heroku buildpack starts; when its formula gives more it starts one. */
const HEROKU_MOST = 200

/**
 * What well-known rules say for this machine. Each is a function of CPUs or memory and of no measurement, which is why
 * they contradict each other; the comments say where they come from and why they differ from what was measured.
 *
 * @param recommendedWorkers null when the measurement gave none
 */
export function rulesOfThumb(input: SizingInput, recommendedWorkers: number | null): readonly RuleOfThumb[] {
  const workerRules = [...workerRulesByCpu(input), herokuRule(input), ...goetzRule(input)]
  return [
    ...workerRules.map(({ rule, value, why }) => ({
      setting: 'WEB_CONCURRENCY',
      rule,
      value,
      comment: recommendedWorkers === null ? why : `${difference(value, recommendedWorkers)}: ${why}`,
    })),
    ...poolRules(input, recommendedWorkers ?? input.workers),
  ]
}

interface WorkerRule {
  readonly rule: string
  readonly value: number
  readonly why: string
}

function workerRulesByCpu({ deployedCpus, logicalCpus }: SizingInput): readonly WorkerRule[] {
  const cpus = Math.max(1, Math.floor(deployedCpus))
  return [
    {
      rule: '2 × CPU + 1, at most 12 (gunicorn)',
      value: Math.min(2 * cpus + 1, 12),
      why: 'made for workers that serve one request at a time and wait meanwhile; an event loop serves others',
    },
    {
      rule: 'CPU × 1, at most 10 (WORKERS_PER_CORE=1)',
      value: Math.min(cpus, 10),
      why: 'right while nothing blocks the event loop and memory suffices; it asks about neither',
    },
    {
      rule: 'CPU × 2, at most 10 (WORKERS_PER_CORE=2)',
      value: Math.min(2 * cpus, 10),
      why: 'meant for I/O-bound work, but waiting for asynchronous I/O does not occupy a worker',
    },
    {
      rule: 'availableParallelism() (Node.js documentation)',
      value: cpus,
      why: 'one per usable CPU; Node itself overlooks a cgroup v1 quota, here it is counted',
    },
    {
      rule: 'one per CPU of the host (pm2 -i max)',
      value: logicalCpus,
      why: 'counts the CPUs of the host even where a container may use few of them',
    },
  ]
}

function herokuRule({ memoryLimitBytes }: SizingInput): WorkerRule {
  const perProcessMiB = memoryLimitBytes > HEROKU_LARGE_BYTES ? 2_048 : 512
  const fitting = Math.floor(memoryLimitBytes / (perProcessMiB * BYTES_PER_MEBIBYTE))
  return {
    rule: `memory / ${perProcessMiB} MiB (Heroku)`,
    value: fitting > HEROKU_MOST ? 1 : Math.max(1, fitting),
    why: 'divides the memory by a guess of what a process needs, and does not look at CPUs',
  }
}

/** Needs measured times; left out without them. */
function goetzRule({ deployedCpus, saturated, steady }: SizingInput): readonly WorkerRule[] {
  if (saturated === null || steady === null) return []
  const waitPerCompute = Math.max(0, steady.serviceP50Ms / saturated.cpuMsPerRequest - 1)
  return [
    {
      rule: 'CPU × (1 + wait / compute) (Goetz, for threads)',
      value: Math.max(1, Math.round(deployedCpus * (1 + waitPerCompute))),
      why: 'a thread is held while its request waits, an event loop only while it computes or blocks',
    },
  ]
}

function poolRules({ deployedCpus }: SizingInput, workers: number | null): readonly RuleOfThumb[] {
  const setting = 'DATABASE_POOL_SIZE'
  const ofDatabase: RuleOfThumb = {
    setting,
    rule: 'CPU × 2 + disks (HikariCP, PostgreSQL)',
    value: 2 * Math.max(1, Math.floor(deployedCpus)) + 1,
    comment:
      'for all processes together, and of the CPUs of the database, which is rarely this machine: divide it by workers and replicas; one disk is assumed',
  }
  if (workers === null) return [ofDatabase]
  const value = workers * 2 + POOL_OVERHEAD
  return [
    {
      setting,
      rule: `workers × 2 + ${POOL_OVERHEAD}`,
      value,
      comment: `pools are per process: ${workers} workers with ${value} connections each open ${workers * value}`,
    },
    ofDatabase,
  ]
}

function difference(value: number, recommended: number): string {
  if (value === recommended) return 'the same'
  return value > recommended ? `${value - recommended} more` : `${recommended - value} fewer`
}
